import * as v from 'valibot'
import { AppError, placeOf } from '../errors.ts'

/** How many problems the detail quotes. The list of problems has more. */
const IN_DETAIL = 5

/**
 * Parses a value by the schema.
 *
 * @throws AppError REQUEST_INVALID with every problem and its path
 */
export function validate<TSchema extends v.GenericSchema>(
  schema: TSchema,
  value: unknown,
): v.InferOutput<TSchema> {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  const problems = parsed.issues.map((issue) => ({ path: placeOf(issue), message: issue.message }))
  const detail = problems
    .slice(0, IN_DETAIL)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join('; ')
  throw new AppError('REQUEST_INVALID', detail, { problems })
}
