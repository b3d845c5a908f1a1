import type {
  AudienceRequest,
  Health,
  PreviewRequest,
  ProvisionRequest,
  Routes,
  Search,
  SearchAnswer,
  SearchBatchAnswer,
  StartImport,
  UploadRequest,
  UserIds,
} from './api.ts'
import { ApiError } from './api-error.ts'
import { type CallOptions, type ClientSettings, caller, type Request } from './call.ts'
import { type WaitOptions, waitForImport } from './wait-for-import.ts'

/** `k`, and values of fields by their alias; a list of a tag's values means any of them. */
export type SimilarQuery = {
  k?: number | undefined
  [alias: string]: string | number | readonly (string | number)[] | undefined
}

export interface WriteOptions extends CallOptions {
  /** Write only if the user still has this version, which `users.get` returned. */
  version?: string | undefined
  /** Write only if there is no such user yet. */
  isNew?: boolean | undefined
  /** Write also if the person is erased, and take it off the erasure list. */
  restore?: boolean | undefined
}

export type DeleteOptions = Omit<WriteOptions, 'isNew' | 'restore'>

export type Client = ReturnType<typeof createClient>

/** A client of the HTTP API, for Node and browsers alike. Its types are those of the schemas that validate. */
export function createClient(settings: ClientSettings) {
  const send = caller(settings)
  /** The type of the body is a claim, which the tests of the API hold. */
  async function call<
    TRoute extends keyof Routes,
    TAnswer extends Routes[TRoute]['answer'] = Routes[TRoute]['answer'],
  >(route: TRoute, request: Omit<Request, 'route'>, options?: CallOptions): Promise<TAnswer> {
    return (await send({ ...request, route }, options)) as TAnswer
  }

  const get = (id: string, options?: CallOptions) => call('GET /imports/{id}', { id }, options)
  const find = (id: string, options?: CallOptions) => get(id, options).catch(noneIfNotFound)
  const imports = {
    /** The newest hundred, newest first. */
    list: async (options?: CallOptions) => (await call('GET /imports', {}, options)).imports,

    /** The status of an import. */
    get,

    /** The same; undefined when there is no such import. */
    find,

    /** Imports an object that is in the bucket already. */
    start: (body: StartImport, options?: CallOptions) => call('POST /imports', { body }, options),

    cancel: (id: string, options?: CallOptions) => call('DELETE /imports/{id}', { id }, options),

    /** A link by which a browser puts a file into the bucket. */
    linkUpload: (body: UploadRequest, options?: CallOptions) => call('POST /uploads', { body }, options),

    /**
     * Waits for the end of an import that is about to begin, or for the news that its content was imported before. It
     * also ends when the import waits for a person: the state is RUNNING then, and `waiting` says why.
     */
    wait: (id: string, options: WaitOptions = {}) => waitForImport(id, find, options),
  }

  return {
    /** The users nearest to a vector, a user or a group, nearest first. */
    search: (body: Search, options?: CallOptions) =>
      call<'POST /search', SearchAnswer>('POST /search', { body }, options),

    /** Up to twenty searches in one request, answered in their order. */
    async searchBatch(searches: readonly Search[], options?: CallOptions) {
      const request = { body: { searches } }
      return (await call<'POST /search', SearchBatchAnswer>('POST /search', request, options)).answers
    },

    /** The users nearest to one user. */
    similar: (id: string, query: SimilarQuery = {}, options?: CallOptions) =>
      call('GET /users/{id}/similar', { id, query }, options),

    users: {
      /** Integers beyond 2^53 lose their last digits here, as in any JSON that JavaScript parses. */
      get: (id: string, options?: CallOptions) => call('GET /users/{id}', { id }, options),

      /** The user, or undefined if the stored version is still `version`. */
      getIfChanged: (id: string, version: string, options?: CallOptions) =>
        call('GET /users/{id}', { id, headers: { 'if-none-match': `"${version}"` } }, options).catch(
          noneIfUnchanged,
        ),

      /** Makes the user what the record says. The record is checked as in an import. */
      put: (id: string, body: object, { version, isNew, restore, ...options }: WriteOptions = {}) => {
        const query = restore ? { restore: 'true' } : {}
        return call('PUT /users/{id}', { id, body, query, headers: conditions(version, isNew) }, options)
      },

      /** Deletes the user. The answer says where else the person may be. */
      delete: (id: string, { version, ...options }: DeleteOptions = {}) =>
        call('DELETE /users/{id}', { id, headers: conditions(version) }, options),

      /** Deletes the person, stored or not, and keeps it from coming back with an import or a `put`. */
      erase: (id: string, options?: CallOptions) =>
        call('DELETE /users/{id}', { id, query: { erase: 'true' } }, options),
    },

    erasures: {
      list: (options?: CallOptions) => call('GET /erasures', {}, options),

      /** Takes a person off the erasure list: an import may store it again. */
      async undo(id: string, options?: CallOptions): Promise<void> {
        await call('DELETE /erasures/{id}', { id }, options)
      },
    },

    index: {
      get: (options?: CallOptions) => call('GET /index', {}, options),

      /** Makes the index what its definition says, as far as that needs no waiting; the next call goes on from there. */
      provision: (body: ProvisionRequest = {}, options?: CallOptions) =>
        call('PUT /index', { body }, options),

      /** The definition in force, with its defaults. */
      definition: (options?: CallOptions) => call('GET /index/definition', {}, options),

      /** Up to 200 nearly random users with their vectors. */
      sample: (options?: CallOptions) => call('GET /index/sample', {}, options),

      /** What `provision` would change, and what it would cost. */
      plan: (options?: CallOptions) => call('GET /index/plan', {}, options),

      /** Gives the name of the index back to the version before. */
      rollBack: (options?: CallOptions) => call('POST /index/rollback', {}, options),

      /** The users that the check took out of the index for an unusable vector. */
      quarantine: (options?: CallOptions) => call('GET /index/quarantine', {}, options),

      restore: (body: UserIds, options?: CallOptions) => call('POST /index/restore', { body }, options),
    },

    imports,

    audiences: {
      /** Orders a file of the users that are most similar to the seeds. */
      order: (body: AudienceRequest, options?: CallOptions) => call('POST /audiences', { body }, options),

      list: async (options?: CallOptions) => (await call('GET /audiences', {}, options)).audiences,

      get: (id: string, options?: CallOptions) => call('GET /audiences/{id}', { id }, options),

      /** What an audience would be, by a random sample of the users. Writes nothing. */
      preview: (body: PreviewRequest, options?: CallOptions) =>
        call('POST /audiences/preview', { body }, options),

      /** Builds it again, and says which users entered, left and stayed. */
      refresh: (id: string, options?: CallOptions) => call('POST /audiences/{id}/refresh', { id }, options),

      /** Stops a running audience, or deletes one that has ended, with its files. */
      async delete(id: string, options?: CallOptions): Promise<void> {
        await call('DELETE /audiences/{id}', { id }, options)
      },

      /** How many users two audiences have in common. */
      overlap: (id: string, other: string, options?: CallOptions) =>
        call('GET /audiences/{id}/overlap/{other}', { id, other }, options),
    },

    /** Sends one request. An answer that names problems is an answer, not an error. */
    health: (options?: CallOptions) => call('GET /health', {}, options).catch(healthOf),
  }
}

function conditions(version: string | undefined, isNew = false): Record<string, string> {
  return {
    ...(version !== undefined && { 'if-match': `"${version}"` }),
    ...(isNew && { 'if-none-match': '*' }),
  }
}

function noneIfNotFound(error: unknown): undefined {
  if (error instanceof ApiError && error.code === 'IMPORT_NOT_FOUND') return undefined
  throw error
}

function noneIfUnchanged(error: unknown): undefined {
  if (error instanceof ApiError && error.status === 304) return undefined
  throw error
}

function healthOf(error: unknown): Health {
  if (error instanceof ApiError && isHealth(error.body)) return error.body
  throw error
}

function isHealth(body: unknown): body is Health {
  return typeof body === 'object' && body !== null && 'status' in body && 'problems' in body
}
