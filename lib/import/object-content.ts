import type { ObjectStore, StoredObject } from '../s3/object-store.ts'
import type { ObjectContent } from './formats/raw-record.ts'
import type { ImportReport } from './import-report-schema.ts'

/** The content of an object; how far it has been read shows in the report. */
export function objectContent(
  objects: ObjectStore,
  object: StoredObject,
  report: Pick<ImportReport, 'bytesRead'>,
): ObjectContent {
  return {
    size: object.size,
    async *read(from) {
      let at = from
      for await (const chunk of objects.read(object, from)) {
        at += chunk.length
        // An import that continues reads a packed object from its beginning, which changes nothing in Redis.
        report.bytesRead = Math.max(report.bytesRead, at)
        yield chunk
      }
    },
    async slice(from, to) {
      const bytes = await objects.slice(object, from, to)
      // Not how far, but how much: the end of the object may be read first.
      report.bytesRead = Math.min(object.size, report.bytesRead + bytes.length)
      return bytes
    },
  }
}
