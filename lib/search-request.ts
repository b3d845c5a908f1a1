import * as v from 'valibot'
import type { IndexDefinition } from './definition.ts'
import { isUserId } from './user-record.ts'

export type SearchRequest = v.InferOutput<ReturnType<typeof searchRequestSchema>>

const UserId = v.pipe(
  v.string(),
  v.check(isUserId, 'Expected a text of 1 to 256 bytes without control characters'),
)

/**
 * The body of `POST /search`. The elements of a vector are not checked here: the codec checks them while it encodes,
 * and a schema check of each costs more than the search's own overhead (1.3 to 1.4 times the bare call).
 */
export function searchRequestSchema(definition: IndexDefinition, maxK: number) {
  const { fields } = definition
  const members = ['vector', 'user', 'k', 'filter', 'fields', 'includeVector']
  const returnable = fields.filter(({ returned }) => returned).map(({ alias }) => alias)
  return v.pipe(
    v.strictObject(
      {
        vector: v.optional(
          v.union(
            [v.string(), v.custom<unknown[]>(Array.isArray)],
            'Expected an array of numbers, or base64 of float32 little-endian',
          ),
        ),
        user: v.optional(UserId),
        k: v.optional(
          v.pipe(
            v.number(),
            v.integer(`Expected a whole number from 1 to ${maxK}`),
            v.minValue(1, `Expected a whole number from 1 to ${maxK}`),
            v.maxValue(maxK, `Expected a whole number from 1 to ${maxK}`),
          ),
          10,
        ),
        filter: v.optional(v.unknown()),
        fields: v.optional(v.array(v.picklist(returnable))),
        includeVector: v.optional(v.boolean(), false),
      },
      (issue) =>
        issue.expected === 'never' ? `Expected one of ${members.join(', ')}` : 'Expected an object',
    ),
    v.check(
      ({ vector, user }) => (vector === undefined) !== (user === undefined),
      'Expected exactly one of vector, user',
    ),
  )
}

/**
 * The query string of `GET /users/{id}/similar`, as a search request: `k`, and each filterable field by its alias
 * (`labels=kids,road` is any of these tags, `age=21` a number, `descr=bikes` words of a text).
 */
export function similarUsersRequest(
  definition: IndexDefinition,
  user: string,
  query: Record<string, string | undefined>,
): Record<string, unknown> {
  const filter: Record<string, unknown> = {}
  const request: Record<string, unknown> = { user }
  for (const [name, value = ''] of Object.entries(query)) {
    const field = definition.fields.find(({ alias }) => alias === name)
    if (field?.type === 'TAG') filter[name] = { $in: value.split(',') }
    else if (field?.type === 'TEXT') filter[name] = { $text: value }
    else if (field?.type === 'NUMERIC') filter[name] = asNumber(value)
    // What is left is for the schema to accept (k) or to refuse by name.
    else request[name] = asNumber(value)
  }
  if (Object.keys(filter).length > 0) request.filter = filter
  return request
}

/** Text that is no number stays text, so that the refusal can show it. */
function asNumber(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}
