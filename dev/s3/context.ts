import type { CreatedObject } from './events.ts'
import type { StoredObject } from './records.ts'
import type { S3Request } from './request.ts'
import type { Store } from './store.ts'
import type { Upload } from './upload.ts'

/** Shared by the operations. */
export interface Context {
  store: Store
  /** Multipart uploads not yet completed, by their id; a restart forgets them. */
  uploads: Map<string, Upload>
  /** Notifies the listener of an object that has just become durable. */
  announce(by: CreatedObject['by'], request: S3Request, object: StoredObject): void
}
