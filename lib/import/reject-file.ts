import type { LineWriter } from '../s3/line-writer.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import type { Reject } from '../user-record.ts'
import type { ImportReport } from './import-report.ts'
import type { Position } from './raw-record.ts'

/** The rejects' file comes to be with the first reject. It names places and reasons, never the record. */
export function rejectFile(objects: ObjectStore, key: string, report: ImportReport) {
  let file: LineWriter | undefined
  return {
    async add(position: Position, { id, code, path, message }: Reject): Promise<void> {
      report.rejected++
      report.rejects = key
      file ??= objects.lines(key)
      await file.write(JSON.stringify({ ...position, id: id ?? null, code, path, message }))
    },
    finish: async () => file?.finish(),
    abort: async () => file?.abort(),
  }
}
