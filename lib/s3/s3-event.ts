import * as v from 'valibot'

/**
 * Checks only the members that we use. AWS adds members in minor versions, and a strict schema would lose those
 * events.
 */
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

/** A created object, as its notification describes it. */
export interface CreatedObject {
  bucket: string
  key: string
  etag?: string | undefined
  sequencer?: string | undefined
}

/**
 * The created objects of an S3 notification. Returns `[]` for other events, and for the test event that S3 sends when
 * a notification is configured. Returns `undefined` if the value is not an S3 notification, or if a key is not
 * encoded as S3 encodes it.
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
