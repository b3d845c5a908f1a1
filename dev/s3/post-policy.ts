import * as v from 'valibot'
import { s3Error } from './errors.ts'

/** The file sizes that a policy allows. */
export interface SizeRange {
  min: number
  max: number
}

/**
 * Checks the fields of a form against its policy. A form without a policy is like an unsigned request, which this
 * server accepts, too. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 *
 * @throws S3Error AccessDenied, InvalidPolicyDocument, InvalidArgument
 */
export function checkPolicy(fields: ReadonlyMap<string, string>, bucket: string, now: number): SizeRange {
  const encoded = fields.get('policy')
  if (encoded === undefined) return { min: 0, max: Number.POSITIVE_INFINITY }
  checkSignatureFields(fields)
  const { expiration, conditions } = readPolicy(encoded)
  if (Date.parse(expiration) < now) throw accessDeniedError('Policy expired.')

  const range = { min: 0, max: Number.POSITIVE_INFINITY }
  const named = new Set(['bucket'])
  for (const condition of conditions) {
    if (condition.kind === 'content-length-range') {
      range.min = Math.max(range.min, condition.min)
      range.max = Math.min(range.max, condition.max)
      continue
    }
    const { kind, field, value } = condition
    named.add(field)
    const actual = field === 'bucket' ? bucket : (fields.get(field) ?? '')
    // A starts-with condition on a list of content types must hold for each of them.
    const parts = field === 'content-type' ? actual.split(',').map((part) => part.trim()) : [actual]
    const holds = kind === 'eq' ? actual === value : parts.every((part) => part.startsWith(value))
    if (!holds) throw accessDeniedError(`Policy Condition failed: ["${kind}", "$${field}", "${value}"]`)
  }
  const extra = [...fields.keys()].filter((name) => !named.has(name) && !FREE_FIELD.test(name))
  if (extra.length > 0) throw accessDeniedError(`Extra input fields: ${extra.join(', ')}`)
  return range
}

/** These fields need no condition. */
const FREE_FIELD = /^(policy|file|x-amz-signature|signature|awsaccesskeyid|x-ignore-.*)$/

/** The fields of signature version 4, else of version 2. */
const SIGNATURE_FIELDS = [
  ['x-amz-algorithm', 'x-amz-credential', 'x-amz-date', 'x-amz-signature'],
  ['awsaccesskeyid', 'signature'],
]

function checkSignatureFields(fields: ReadonlyMap<string, string>) {
  const missing = SIGNATURE_FIELDS.map((names) => names.filter((name) => !fields.has(name)))
  if (missing.some((names) => names.length === 0)) return
  const [version4 = [], version2 = []] = missing
  const names = version2.length === 1 ? version2 : version4
  throw s3Error('InvalidArgument', `A POST with a policy must contain the fields ${names.join(', ')}.`)
}

const Bytes = v.pipe(v.union([v.number(), v.pipe(v.string(), v.digits())]), v.transform(Number), v.integer())
const FieldName = v.pipe(
  v.string(),
  v.startsWith('$'),
  v.transform((name) => name.slice(1).toLowerCase()),
)

const Condition = v.union([
  v.pipe(
    v.record(v.string(), v.string()),
    v.check((pairs) => Object.keys(pairs).length === 1, 'Expected an object of one member'),
    v.transform((pairs) => {
      const [[name, value] = ['', '']] = Object.entries(pairs)
      return { kind: 'eq' as const, field: name.toLowerCase(), value }
    }),
  ),
  v.pipe(
    v.strictTuple([
      v.pipe(v.string(), v.toLowerCase(), v.picklist(['eq', 'starts-with'])),
      FieldName,
      v.string(),
    ]),
    v.transform(([kind, field, value]) => ({ kind, field, value })),
  ),
  v.pipe(
    v.strictTuple([v.literal('content-length-range'), Bytes, Bytes]),
    v.transform(([kind, min, max]) => ({ kind, min, max })),
  ),
])

const Policy = v.object({ expiration: v.pipe(v.string(), v.isoTimestamp()), conditions: v.array(Condition) })

function readPolicy(encoded: string): v.InferOutput<typeof Policy> {
  try {
    return v.parse(Policy, JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')))
  } catch (error) {
    const reason = v.isValiError(error)
      ? error.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`).join('; ')
      : 'it is not JSON in base64'
    throw s3Error('InvalidPolicyDocument', `Invalid Policy: ${reason}.`)
  }
}

function accessDeniedError(reason: string) {
  return s3Error('AccessDenied', `Invalid according to Policy: ${reason}`)
}
