import * as v from 'valibot'
import { ERRORS, type ErrorCode } from './errors.ts'

export const ErrorCodeSchema = v.custom<ErrorCode>(
  (code) => typeof code === 'string' && Object.hasOwn(ERRORS, code),
)

/** One thing wrong with the input, and where: `path` is a JSON path such as `vector[7]`. */
export type Problem = v.InferOutput<typeof ProblemSchema>
const ProblemSchema = v.object({ path: v.string(), message: v.string() })

/** Where a schema has found something wrong, as our own code writes it, too: `searches[0].k`. */
export function placeOf({ path }: v.BaseIssue<unknown>): string {
  return (path ?? []).reduce((place, { key }) => {
    if (typeof key === 'number') return `${place}[${key}]`
    return place === '' ? String(key) : `${place}.${key}`
  }, '')
}

/** An answer that is no success (RFC 9457). */
export type ProblemDetails = v.InferOutput<typeof ProblemDetailsSchema>
export const ProblemDetailsSchema = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  detail: v.string(),
  code: ErrorCodeSchema,
  errors: v.array(ProblemSchema),
})
