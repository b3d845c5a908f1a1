import * as v from 'valibot'
import { ErrorCodeSchema } from '../errors.ts'

/** One problem of a request, and its path. */
export const ProblemPlaceSchema = v.object({ path: v.string(), message: v.string() })

/** The body of every error answer (RFC 9457). */
export type ProblemDetails = v.InferOutput<typeof ProblemDetailsSchema>
export const ProblemDetailsSchema = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  detail: v.string(),
  code: ErrorCodeSchema,
  instance: v.exactOptional(
    v.pipe(
      v.string(),
      v.description('The request, as urn:lookalike:request:<id>. The log names it by this id'),
    ),
  ),
  errors: v.array(ProblemPlaceSchema),
})
