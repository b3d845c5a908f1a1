import type * as v from 'valibot'
import type { Health } from '../check/check-health.ts'
import type { UserIdsSchema } from '../check/quarantine.ts'
import type { StartImport } from '../import/import-options.ts'
import type { ShownImport } from '../import/import-report-schema.ts'
import type { ProvisionRequestSchema } from '../provisioning/provision-index.ts'
import type { SearchAnswer } from '../search/search-answer-schema.ts'
import type { searchRequestSchema } from '../search/search-request.ts'
import { ApiError, type CallOptions, type CallSettings, caller, pause, type Request } from './call.ts'
import type { healthApi } from './health-api.ts'
import type { importsApi } from './imports-api.ts'
import type { indexApi } from './index-api.ts'
import type { AnswerOf, InForce } from './route.ts'
import type { BatchAnswer, searchApi } from './search-api.ts'
import type { usersApi } from './users-api.ts'

export { ApiError, type CallOptions, type CallSettings, type StartImport }

export type Search = v.InferInput<ReturnType<typeof searchRequestSchema>>
export type ProvisionRequest = v.InferInput<typeof ProvisionRequestSchema>
export type UserIds = v.InferInput<typeof UserIdsSchema>
/** `k`, and fields by their alias. */
export type SimilarQuery = Record<string, string | number | readonly (string | number)[]> & { k?: number }
export type Client = ReturnType<typeof createClient>

export interface WriteOptions extends CallOptions {
  /** Only while the user has this version, as `users.get` gave it. */
  version?: string
  /** Only if there is no such user yet. */
  isNew?: boolean
}

export interface WaitOptions extends CallOptions {
  /** The import that was the newest before, which is not the one to wait for. */
  before?: ShownImport | undefined
  /** The content that is meant; another is an error. */
  etag?: string
  onProgress?: (status: ShownImport) => void
  pollMs?: number
  /** How long there may be no news. */
  patienceMs?: number
}

type RoutesOf<TApi extends (inForce: InForce) => object> =
  ReturnType<TApi> extends { routes: infer TRoutes } ? TRoutes : never
type Routes = RoutesOf<typeof indexApi> &
  RoutesOf<typeof searchApi> &
  RoutesOf<typeof usersApi> &
  RoutesOf<typeof importsApi> &
  RoutesOf<typeof healthApi>
type BodyOf<TAnswer> = TAnswer extends { body: infer TBody } ? TBody : undefined
type Body<TRoute extends keyof Routes> = BodyOf<AnswerOf<Routes[TRoute]>>

/**
 * A client of the HTTP API, for Node and browsers alike: it needs nothing but `fetch`, and has the types of the schemas
 * that validate.
 */
export function createClient(settings: CallSettings) {
  const send = caller(settings)
  /** The body's type is the description's claim, which the service's own tests hold. */
  async function call<TRoute extends keyof Routes, TBody extends Body<TRoute> = Body<TRoute>>(
    route: TRoute,
    request: Omit<Request, 'route'>,
    options?: CallOptions,
  ): Promise<TBody> {
    return (await send({ ...request, route }, options)) as TBody
  }

  const imports = {
    /** The newest hundred, newest first. */
    list: async (options?: CallOptions) => (await call('GET /imports', {}, options)).imports,
    get: (id: string, options?: CallOptions) => call('GET /imports/{id}', { id }, options),
    /** The same; undefined when there is none. */
    find: (id: string, options?: CallOptions) => imports.get(id, options).catch(noneIfNotFound),
    start: (body: StartImport, options?: CallOptions) => call('POST /imports', { body }, options),
    cancel: (id: string, options?: CallOptions) => call('DELETE /imports/{id}', { id }, options),

    /**
     * Waits for the end of an import that is about to begin, or for the news that its content was imported before. It
     * also ends when the import waits for a person: the state is RUNNING then, and `waiting` says why.
     */
    async wait(id: string, { before, etag, onProgress, pollMs = 200, ...options }: WaitOptions = {}) {
      const { patienceMs = 180_000, ...callOptions } = options
      let heardAt = Date.now()
      let last = ''
      while (Date.now() - heardAt < patienceMs) {
        const status = await imports.find(id, callOptions)
        if (status !== undefined && isNews(status, before, etag)) {
          if (etag !== undefined && status.etag !== etag)
            throw new Error(`${status.key} was replaced by another upload meanwhile`)
          onProgress?.(status)
          if (status.state !== 'RUNNING' || status.waiting) return status
          if (status.updatedAt !== last) heardAt = Date.now()
          last = status.updatedAt
        }
        await pause(pollMs, callOptions.signal)
      }
      throw new Error(
        `Nothing was heard of the import ${id} for ${patienceMs / 1000} s: see the importer's log`,
      )
    },
  }

  return {
    search: (body: Search, options?: CallOptions) =>
      call<'POST /search', SearchAnswer>('POST /search', { body }, options),
    /** Up to twenty at once, answered in their order. */
    searchBatch: async (searches: readonly Search[], options?: CallOptions) =>
      (await call<'POST /search', BatchAnswer>('POST /search', { body: { searches } }, options)).answers,
    similar: (id: string, query: SimilarQuery = {}, options?: CallOptions) =>
      call('GET /users/{id}/similar', { id, query }, options),
    users: {
      /** Integers beyond 2^53 lose their last digits here, as in any JSON that JavaScript parses. */
      get: (id: string, options?: CallOptions) => call('GET /users/{id}', { id }, options),
      put: (id: string, body: object, { version, isNew, ...options }: WriteOptions = {}) =>
        call('PUT /users/{id}', { id, body, headers: conditions(version, isNew) }, options),
      async delete(id: string, { version, ...options }: Omit<WriteOptions, 'isNew'> = {}): Promise<void> {
        await call('DELETE /users/{id}', { id, headers: conditions(version) }, options)
      },
    },
    index: {
      get: (options?: CallOptions) => call('GET /index', {}, options),
      /** Makes it what its definition says, as far as that needs no waiting: who calls again goes on. */
      provision: (body: ProvisionRequest = {}, options?: CallOptions) =>
        call('PUT /index', { body }, options),
      plan: (options?: CallOptions) => call('GET /index/plan', {}, options),
      rollBack: (options?: CallOptions) => call('POST /index/rollback', {}, options),
      quarantine: (options?: CallOptions) => call('GET /index/quarantine', {}, options),
      restore: (body: UserIds, options?: CallOptions) => call('POST /index/restore', { body }, options),
    },
    imports,
    /** Asks once: an answer that is not well is an answer. */
    health: (options?: CallOptions) => call('GET /health', {}, options).catch(healthOf),
  }
}

function conditions(version: string | undefined, isNew = false): Record<string, string> {
  return {
    ...(version !== undefined && { 'if-match': `"${version}"` }),
    ...(isNew && { 'if-none-match': '*' }),
  }
}

/** Whether a status is of the awaited import: of a later one than `before`, or of that one as it goes on. */
function isNews(status: ShownImport, before: ShownImport | undefined, etag: string | undefined): boolean {
  const { startedAt, duplicateAt, updatedAt, state } = status
  if (before === undefined || startedAt !== before.startedAt || duplicateAt !== before.duplicateAt)
    return true
  const isContinued = before.state === 'RUNNING' && status.etag === etag
  return isContinued && (state !== 'RUNNING' || updatedAt !== before.updatedAt)
}

function noneIfNotFound(error: unknown): undefined {
  if (error instanceof ApiError && error.code === 'IMPORT_NOT_FOUND') return undefined
  throw error
}

function healthOf(error: unknown): Health {
  if (error instanceof ApiError && isHealth(error.body)) return error.body
  throw error
}

function isHealth(body: unknown): body is Health {
  return typeof body === 'object' && body !== null && 'status' in body && 'problems' in body
}
