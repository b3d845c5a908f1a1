import { s3Error } from './errors.ts'
import type { StoredObject } from './records.ts'

/** The conditional headers of a request. A copy has a second set of them, for its source. */
export interface Conditions {
  ifMatch: string | undefined
  ifNoneMatch: string | undefined
  ifModifiedSince: string | undefined
  ifUnmodifiedSince: string | undefined
}

/** Whether to send the object, or to answer that the client's copy is current. Throws PreconditionFailed. */
export function evaluateRead(conditions: Conditions, object: StoredObject): 'send' | 'not-modified' {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  const modified = Date.parse(object.lastModified)
  // RFC 9110, section 13.2.2: the date only counts if there is no entity tag.
  if (
    ifMatch !== undefined ? !matches(ifMatch, object.etag) : modified > Date.parse(ifUnmodifiedSince ?? '')
  ) {
    throw preconditionFailedError(object)
  }
  const unchanged =
    ifNoneMatch !== undefined
      ? matches(ifNoneMatch, object.etag)
      : modified <= Date.parse(ifModifiedSince ?? '')
  return unchanged ? 'not-modified' : 'send'
}

/**
 * Refuses a write or a deletion if the current object does not meet its conditions: PreconditionFailed or NoSuchKey.
 */
export function guardWrite({ ifMatch, ifNoneMatch }: Conditions, current: StoredObject | undefined) {
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw s3Error('NotImplemented', `Expected If-None-Match: * with a write, got ${ifNoneMatch}.`)
  }
  if (ifNoneMatch === '*' && current) throw preconditionFailedError(current)
  if (ifMatch === undefined) return
  if (!current) throw s3Error('NoSuchKey', `Expected the object ${ifMatch} to replace or delete, found none.`)
  if (!matches(ifMatch, current.etag)) throw preconditionFailedError(current)
}

function preconditionFailedError({ key, etag, lastModified }: StoredObject) {
  return s3Error(
    'PreconditionFailed',
    `The object "${key}" has the ETag "${etag}" and is of ${lastModified}.`,
  )
}

function matches(header: string, etag: string): boolean {
  return header.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^(W\/)?"(.*)"$/, '$2')))
}
