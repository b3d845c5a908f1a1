import { ApiError, type ErrorCode } from '../../client/src/index.ts'

/** An error in the words of a person who can act on it. */
export interface Advice {
  title: string
  /** An instruction. */
  action: string
  /** The text of the API, for the person who is asked for help. */
  detail: string
  places: readonly { path: string; message: string }[]
  /** Whether the person has to sign in. */
  isSignIn: boolean
}

/** The input of a person leads to nothing. The message says so in a sentence. */
export class InputError extends Error {
  override readonly name = 'InputError'
}

const ACTIONS: Partial<Record<ErrorCode, string>> = {
  REDIS_UNAVAILABLE: 'Start Redis, or mend the network to it. This page tries again by itself.',
  REDIS_TIMEOUT: 'Redis answers too slowly. Wait a minute; if it lasts, look at what else uses this Redis.',
  REDIS_BUSY: 'Redis is loading its data, or is read-only. This page tries again by itself.',
  REDIS_REFUSED: 'Redis refuses the password or the rights. Compare REDIS_URL with the users of Redis.',
  INDEX_MISSING: 'There is no index yet. Create it on the page Index.',
  INDEX_DRIFTED: 'The index differs from its definition. The page Index shows where, and mends it.',
  USER_NOT_FOUND: 'Check the spelling of the id: capital letters and spaces count.',
  USER_NOT_SEARCHABLE: 'This customer has no usable vector. Import it again.',
  SEARCH_TOO_COSTLY: 'Ask for fewer results, or set a filter.',
  ANSWER_TOO_LARGE: 'Ask for fewer results.',
  SEEDS_UNUSABLE: 'Check that the ids are those of imported customers.',
  SEEDS_TOO_MANY: 'Give fewer customers.',
  CHANGE_REFUSED: 'The page Index shows the reason under “Change”.',
  IMPORT_ENDED: 'Nothing is left to cancel: the import has ended.',
  PRECONDITION_FAILED: 'Another person changed it meanwhile. Load it again.',
  OBJECT_NOT_FOUND: 'The file is no longer in the bucket. Upload it again, or refresh the audience.',
  QUEUE_UNAVAILABLE: 'The queue does not answer. Try again in a minute.',
  OBJECT_UNAVAILABLE: 'The bucket does not answer. Try again in a minute.',
}

export function adviceOn(error: unknown): Advice {
  if (error instanceof ApiError) return ofAnswer(error)
  const detail = error instanceof Error ? error.message : String(error)
  if (error instanceof InputError)
    return { title: detail, action: 'Change it, and try again.', detail, places: [], isSignIn: false }
  // `fetch` throws a TypeError when there is no answer at all.
  if (error instanceof TypeError) {
    const title = 'Lookalike does not answer'
    return {
      title,
      action: 'Check that it still runs, and your network. This page tries again by itself.',
      detail,
      places: [],
      isSignIn: false,
    }
  }
  return { title: 'This page failed', action: 'Load the page again.', detail, places: [], isSignIn: false }
}

function ofAnswer(error: ApiError): Advice {
  const { status, code, errors: places, body, message } = error
  if (status === 401 || status === 403) return ofRights(error)
  const { title, detail } = isProblem(body) ? body : { title: 'The request failed', detail: message }
  const byStatus =
    status >= 500
      ? 'Try again in a minute. If it lasts, give the text below to the operator.'
      : 'Correct what is named below.'
  return { title, action: (code && ACTIONS[code]) ?? byStatus, detail, places, isSignIn: false }
}

function isProblem(body: unknown): body is { title: string; detail: string } {
  return typeof body === 'object' && body !== null && 'title' in body && 'detail' in body
}

/** The answers of API Gateway have no code. Those of `npm run console` have one, and their text says what to do. */
function ofRights({ body, message, status }: ApiError): Advice {
  const own = { title: 'You are not signed in, or your rights have expired', detail: message }
  const { title, detail } = isProblem(body) ? body : own
  return {
    title,
    action: isProblem(body) ? detail : 'Sign in again, or ask the operator for the rights.',
    detail,
    places: [],
    isSignIn: status === 401,
  }
}
