import { AppError } from '../errors.ts'

/** What a write asks of the user who is there: `If-Match` and `If-None-Match` of HTTP. */
export interface Conditions {
  /** One of these versions; `*` is any, but somebody has to be there. */
  match?: readonly string[] | '*'
  /** Nobody is there yet. */
  isNew?: boolean
}

/**
 * @param headers with names in small letters, as Lambda gets them
 * @throws AppError REQUEST_INVALID
 */
export function parseConditions(headers: Readonly<Record<string, string | undefined>>): Conditions {
  const match = headers['if-match']?.trim()
  const noneMatch = headers['if-none-match']?.trim()
  if (noneMatch !== undefined && noneMatch !== '*') throw invalid('If-None-Match', '*')
  return {
    ...(match !== undefined && { match: match === '*' ? match : parseVersions(match) }),
    ...(noneMatch !== undefined && { isNew: true }),
  }
}

/** Why a user at that version (`undefined` where nobody is) is not what is asked for; nothing when it is. */
export function conditionFailure({ match, isNew }: Conditions, version?: string): AppError | undefined {
  if (isNew && version !== undefined) return failed('no such user', 'one (If-None-Match)')
  if (match === undefined) return undefined
  if (version === undefined) return failed('a stored user', 'none (If-Match)')
  if (match === '*' || match.includes(version)) return undefined
  return failed(`the version ${match.join(' or ')}`, `${version} (If-Match)`)
}

function failed(expected: string, got: string): AppError {
  return new AppError('PRECONDITION_FAILED', `Expected ${expected}, got ${got}`)
}

/** `"a"`, `"a", "b"`, or one without quotes. */
function parseVersions(text: string): string[] {
  if (/^[\w-]+$/.test(text)) return [text]
  const tags = text.split(',').map((tag) => /^"([\w-]+)"$/.exec(tag.trim())?.[1])
  return tags.map((tag) => {
    if (tag === undefined) throw invalid('If-Match', '* or versions such as "hGkFqDaLYBGo6wR9ZGZ8yA"')
    return tag
  })
}

function invalid(name: string, expected: string): AppError {
  const message = `Expected ${expected} in ${name}`
  return new AppError('REQUEST_INVALID', message, { problems: [{ path: name, message }] })
}
