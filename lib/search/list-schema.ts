import * as v from 'valibot'

export interface ListDescription {
  element: v.GenericSchema
  min: number
  max: number
}

/** A bounded list in the API's document. */
const descriptions = new WeakMap<object, ListDescription>()

/**
 * A list with a length that is checked before its elements: a body of 1 MiB can hold half a million of them, each with a
 * problem of its own.
 */
export function boundedList<TSchema extends v.GenericSchema>(
  element: TSchema,
  { min, max, message }: { min: number; max: number; message: string },
) {
  const list = v.pipe(v.array(element, message), v.minLength(min, message), v.maxLength(max, message))
  const tooLong = v.never(message)
  const schema = v.lazy((input) => (Array.isArray(input) && input.length > max ? tooLong : list))
  descriptions.set(schema, { element, min, max })
  return schema
}

export function describeList(schema: object): ListDescription | undefined {
  return descriptions.get(schema)
}
