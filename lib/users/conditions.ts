import { AppError } from '../errors.ts'

/** The versions in `If-Match` and `If-None-Match` (RFC 9110, 13.1). `*` is any version of a stored user. */
export interface Conditions {
  /** The stored user must have one of these versions. */
  match?: readonly string[] | '*'
  /** The stored user must have none of these versions; with `*`, no user may be stored. */
  noneMatch?: readonly string[] | '*'
}

/**
 * @param headers with names in lower case, as Lambda sends them
 * @throws AppError REQUEST_INVALID
 */
export function parseConditions(headers: Readonly<Record<string, string | undefined>>): Conditions {
  const match = headers['if-match']
  const noneMatch = headers['if-none-match']
  return {
    ...(match !== undefined && { match: parseTags('If-Match', match) }),
    ...(noneMatch !== undefined && { noneMatch: parseTags('If-None-Match', noneMatch) }),
  }
}

/**
 * The error of a user at that version (`undefined` if no user is stored); undefined if the user meets the conditions.
 */
export function conditionFailure({ match, noneMatch }: Conditions, version?: string): AppError | undefined {
  if (match !== undefined) {
    if (version === undefined) return preconditionError('a stored user', 'none (If-Match)')
    if (match !== '*' && !match.includes(version)) {
      return preconditionError(
        `the version ${match.join(' or ') || 'none, because weak versions never match'}`,
        `${version} (If-Match)`,
      )
    }
  }
  if (isAmong(version, noneMatch)) {
    return preconditionError(
      noneMatch === '*' ? 'no such user' : 'another version',
      `${version} (If-None-Match)`,
    )
  }
  return undefined
}

/** Whether the caller already has this version, so that the answer is 304. */
export function isNotModified({ noneMatch }: Conditions, version: string): boolean {
  return isAmong(version, noneMatch)
}

function isAmong(version: string | undefined, tags: Conditions['match']): boolean {
  return version !== undefined && tags !== undefined && (tags === '*' || tags.includes(version))
}

function preconditionError(expected: string, got: string): AppError {
  return new AppError('PRECONDITION_FAILED', `Expected ${expected}, got ${got}`)
}

/** A list of tags, which may be weak. Clients may also send the bare version as a tag. */
const TAG = /^(?:(W\/)?"([\x21\x23-\x7e]*)"|([\w-]+))$/
/** A header of API Gateway has at most 10,240 bytes. */
const MAX_TAGS = 100

function parseTags(name: string, header: string): readonly string[] | '*' {
  const text = header.trim()
  if (text === '*') return '*'
  const tags = text.split(',')
  if (tags.length > MAX_TAGS) throw invalidError(name, `at most ${MAX_TAGS} versions`)
  return tags.flatMap((tag) => {
    const [found, weak, quoted, bare = ''] = TAG.exec(tag.trim()) ?? []
    if (found === undefined) throw invalidError(name, '* or versions such as "hGkFqDaLYBGo6wR9ZGZ8yA"')
    // If-Match compares strongly, so a weak tag never matches.
    return weak !== undefined && name === 'If-Match' ? [] : [quoted ?? bare]
  })
}

function invalidError(name: string, expected: string): AppError {
  const message = `Expected ${expected} in ${name}`
  return new AppError('REQUEST_INVALID', message, { problems: [{ path: name, message }] })
}
