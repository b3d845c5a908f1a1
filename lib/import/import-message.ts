import * as v from 'valibot'
import { AppError } from '../errors.ts'
import { createdObjects } from '../s3/s3-event.ts'
import { OnErrorSchema } from './import-options.ts'
import type { ImportJob } from './import-report.ts'
import { isMarker } from './markers.ts'

/** A message that Lookalike puts on the queue: `{"job": {"bucket": …, "key": …}}`. */
const JobMessage = v.object({
  job: v.object({
    bucket: v.string(),
    key: v.string(),
    etag: v.exactOptional(v.string()),
    sequencer: v.exactOptional(v.string()),
    onError: v.exactOptional(OnErrorSchema),
    dryRun: v.exactOptional(v.boolean()),
    force: v.exactOptional(v.boolean()),
  }),
})

/**
 * The imports that a message asks for: an S3 notification, or a job of our own. Only the configured bucket and prefix
 * count, so that neither a report nor another team's bucket can be taken for users. Markers have no import.
 *
 * @throws AppError EVENT_UNKNOWN for anything else, which a queue then keeps for a person to look at
 */
export function importJobs(
  message: unknown,
  { objects, importPrefix }: { objects: { bucket: string }; importPrefix: string },
): ImportJob[] {
  const jobs = v.is(JobMessage, message) ? [message.job] : createdObjects(message)
  if (jobs === undefined) throw new AppError('EVENT_UNKNOWN', 'Expected an S3 notification or an import job')
  for (const { bucket, key } of jobs) {
    if (bucket !== objects.bucket || !key.startsWith(importPrefix)) {
      const expected = `s3://${objects.bucket}/${importPrefix}`
      throw new AppError('EVENT_UNKNOWN', `Expected an object below ${expected}, got s3://${bucket}/${key}`)
    }
  }
  return jobs.filter(({ key }) => !isMarker(key))
}
