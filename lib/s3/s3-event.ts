import * as v from 'valibot'

/** Only what is used is checked: AWS adds members in minor versions, and a strict schema would turn them into losses. */
const S3Record = v.object({
  eventSource: v.literal('aws:s3'),
  eventName: v.string(),
  s3: v.object({
    bucket: v.object({ name: v.string() }),
    object: v.object({
      key: v.string(),
      eTag: v.optional(v.string()),
      sequencer: v.optional(v.string()),
    }),
  }),
})

const S3EventSchema = v.object({ Records: v.pipe(v.array(S3Record), v.minLength(1)) })
const TestEvent = v.object({ Event: v.literal('s3:TestEvent') })

/** An object that has come to be, as its notification says. */
export interface CreatedObject {
  bucket: string
  key: string
  etag?: string | undefined
  sequencer?: string | undefined
}

/**
 * The objects that an S3 notification tells of; `[]` for the test event that S3 sends when a notification is set up,
 * and for events other than a creation. `undefined` for what is no S3 notification, or has a key that S3 can't have
 * encoded.
 */
export function createdObjects(event: unknown): CreatedObject[] | undefined {
  if (v.is(TestEvent, event)) return []
  const parsed = v.safeParse(S3EventSchema, event)
  if (!parsed.success) return undefined
  const created = parsed.output.Records.filter(({ eventName }) => eventName.startsWith('ObjectCreated:'))
  const objects: CreatedObject[] = []
  for (const { s3 } of created) {
    const key = decodeKey(s3.object.key)
    if (key === undefined) return undefined
    objects.push({ bucket: s3.bucket.name, key, etag: s3.object.eTag, sequencer: s3.object.sequencer })
  }
  return objects
}

/** S3 form-encodes keys: a blank arrives as `+`, a plus as `%2B`. */
function decodeKey(key: string): string | undefined {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
