import type { CreatedObject } from './events.ts'
import type { StoredObject } from './records.ts'
import type { S3Request } from './request.ts'
import type { Store } from './store.ts'
import type { Upload } from './upload.ts'

/** State that the operations share. */
export interface Context {
  store: Store
  /** Unfinished multipart uploads by id. A restart forgets them. */
  uploads: Map<string, Upload>
  /** Notifies the listener of a newly created, durable object. */
  announce(by: CreatedObject['by'], request: S3Request, object: StoredObject): void
}
