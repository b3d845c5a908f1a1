import * as v from 'valibot'
import type { IndexDefinition } from './definition.ts'
import { AppError, show } from './errors.ts'
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
  const conditions = Object.entries(query).filter(([name]) => name !== 'k')
  const filter = Object.fromEntries(
    conditions.map(([alias, value = '']) => [alias, conditionOf(definition, alias, value)]),
  )
  return {
    user,
    ...(query.k !== undefined && { k: asNumber(query.k) }),
    ...(conditions.length > 0 && { filter }),
  }
}

/** Nothing but `k` and the fields: another member of the body (`user`, `filter`) would be taken for what it is there. */
function conditionOf({ fields }: IndexDefinition, alias: string, value: string): unknown {
  const field = fields.find((field) => field.alias === alias)
  if (field?.type === 'TAG') return { $in: value.split(',') }
  if (field?.type === 'TEXT') return { $text: value }
  if (field?.type === 'NUMERIC') return asNumber(value)
  const message = `Expected one of ${['k', ...fields.map(({ alias }) => alias)].join(', ')}, got ${show(alias)}`
  throw new AppError('REQUEST_INVALID', `${message} in the query string`, {
    problems: [{ path: alias, message }],
  })
}

/** Text that is no number stays text, so that the refusal can show it. */
function asNumber(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}
