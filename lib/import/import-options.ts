import * as v from 'valibot'
import { AppError, show } from '../errors.ts'
import { editDistance } from '../fields/edit-distance.ts'

const ON_ERROR = /^(continue|abort|max-errors=(0|[1-9]\d{0,8}))$/

/** After how many rejects an import ends ABORTED: `continue` never, `abort` the first, `max-errors=N` one more than N. */
export const OnErrorSchema = v.pipe(
  v.custom<'continue' | 'abort' | `max-errors=${number}`>(
    (value) => typeof value === 'string' && ON_ERROR.test(value),
    'Expected continue, abort or max-errors=N',
  ),
  v.metadata({ type: 'string', pattern: ON_ERROR.source }),
)
export type OnError = v.InferOutput<typeof OnErrorSchema>

/** The body of `POST /imports`: an object that is in the bucket already. The object's metadata gives the options that are absent. */
export const StartImportSchema = v.strictObject({
  key: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)),
  dryRun: v.exactOptional(v.boolean()),
  force: v.exactOptional(v.boolean()),
  onError: v.exactOptional(OnErrorSchema),
})
export type StartImport = v.InferOutput<typeof StartImportSchema>

const Flag = v.picklist(['true', 'false'], 'Expected true or false')

export interface ImportOptions {
  onError: OnError
  /** Checks and counts, and writes nothing but the report. */
  dryRun: boolean
  /** Imports again what is imported already. */
  force: boolean
}

/**
 * The options of a job, else those in the object's metadata (`x-amz-meta-on-error`, `x-amz-meta-dry-run`).
 *
 * @throws AppError REQUEST_INVALID for other values, and for a name that was probably meant as one of them
 */
export function importOptions(
  asked: Partial<ImportOptions>,
  metadata: Record<string, string>,
): ImportOptions {
  refuseMisspelt(Object.keys(metadata))
  return {
    onError: asked.onError ?? fromMetadata(OnErrorSchema, 'on-error', metadata, 'continue'),
    dryRun: asked.dryRun ?? fromMetadata(Flag, 'dry-run', metadata, 'false') === 'true',
    force: asked.force ?? false,
  }
}

const IN_METADATA = ['on-error', 'dry-run']
const FOLDED = IN_METADATA.map(fold)
/** Options of other routes and tools. */
const MEANT = ['dry', 'error', 'errors', 'maxerrors', 'force']

/** Tools give an object metadata of their own (rclone its mtime), so only a name that looks like an option is refused. */
function refuseMisspelt(names: readonly string[]): void {
  for (const name of names) {
    const folded = fold(name)
    const isMeant = MEANT.includes(folded) || FOLDED.some((known) => editDistance(folded, known) <= 2)
    if (IN_METADATA.includes(name) || !isMeant) continue
    const expected = IN_METADATA.map((known) => `x-amz-meta-${known}`).join(' or ')
    throw new AppError('REQUEST_INVALID', `Expected ${expected}, got x-amz-meta-${show(name).slice(1, -1)}`)
  }
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z]/g, '')
}

function fromMetadata<T>(
  schema: v.GenericSchema<unknown, T>,
  name: string,
  metadata: Record<string, string>,
  otherwise: T,
): T {
  const value = metadata[name]
  if (value === undefined) return otherwise
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new AppError('REQUEST_INVALID', `x-amz-meta-${name}: ${issue.message}, got ${show(value)}`)
}

/** How many rejects an import may have. */
export function maxErrors(onError: OnError): number {
  if (onError === 'continue') return Number.POSITIVE_INFINITY
  return onError === 'abort' ? 0 : Number(onError.slice('max-errors='.length))
}
