import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../lib/errors.ts'
import { compileFilter } from '../../../lib/search/filter.ts'
import { filterSchema, similarUsersQuery } from '../../../lib/search/filter-schema.ts'
import { similarUsersRequest } from '../../../lib/search/similar-users.ts'
import { everyType } from '../../support/definitions.ts'

/** What no schema can say: which words a text has, whether RediSearch looks at a whole circle, half a surrogate pair. */
const UNTOLD = /no stop word|a part of a circle|surrogate/
const schema = filterSchema(everyType)
const ALIASES = everyType.fields.map(({ alias }) => alias)

const text = fc.oneof(
  { weight: 3, arbitrary: fc.string() },
  fc.constantFrom('kids', 'a,b', '', ' ', ' road ', '\0', 'ü', 'the'),
)
const number = fc.oneof(
  fc.constantFrom(0, -1, 13.4, 1e300),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null))
const from = (min: number, max: number) => fc.double({ min, max, noNaN: true })
/** At most one of them is wrong. */
const near = fc.oneof(
  fc.record({ lon: from(-180, 180), lat: from(-85, 85), km: from(0.001, 1000) }),
  fc.record({ lon: from(-400, 400), lat: fc.constant(0), km: fc.constant(1) }),
  fc.record({ lon: fc.constant(0), lat: from(-100, 100), km: fc.constant(1) }),
  fc.record({ lon: fc.constant(0), lat: fc.constant(0), km: from(-1, 2000) }),
  fc.record({ lon: fc.constant(0), lat: fc.constant(0), km: scalar }),
  fc.record(
    { lon: fc.constant(0), lat: fc.constant(0), km: fc.constant(1), miles: number },
    { requiredKeys: ['lon', 'lat'] },
  ),
)
const list = (value: fc.Arbitrary<unknown>) => fc.array(value, { maxLength: 3 })

const operatorNames = ['$eq', '$ne', '$in', '$nin', '$gt', '$gte', '$lt', '$lte', '$text', '$near', '$like']
/** Whatever may stand where a condition is looked for. */
const anything = fc.oneof(
  scalar,
  list(scalar),
  fc.dictionary(fc.constantFrom(...operatorNames), fc.oneof(scalar, list(scalar), near), { maxKeys: 2 }),
)
const equality = (value: fc.Arbitrary<unknown>) =>
  fc.oneof(
    value,
    fc.dictionary(fc.constantFrom('$eq', '$ne'), value, { maxKeys: 2 }),
    fc.dictionary(fc.constantFrom('$in', '$nin'), list(value), { maxKeys: 2 }),
  )
const conditions = {
  TAG: equality(fc.oneof(text, fc.boolean())),
  NUMERIC: fc.oneof(equality(number), fc.dictionary(fc.constantFrom('$gt', '$gte', '$lt', '$lte'), number)),
  TEXT: fc.record({ $text: text }),
  GEO: fc.record({ $near: near }),
  BOOLEAN: equality(fc.oneof(fc.boolean(), scalar)),
}
const member = fc.oneof(
  ...everyType.fields.map(({ alias, type }) =>
    fc.oneof({ weight: 9, arbitrary: conditions[type] }, anything).map((value) => [alias, value]),
  ),
)
const { filter } = fc.letrec<{ filter: unknown }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    {
      weight: 6,
      arbitrary: fc.array(member, { maxLength: 2 }).map((members) => Object.fromEntries(members)),
    },
    fc.record({ $not: tie('filter') }),
    fc.record({ $or: list(tie('filter')) }),
    fc.record({ $and: list(tie('filter')), labels: conditions.TAG }),
    fc.record({ lables: conditions.TAG }),
    anything,
  ),
}))

describe('the schema of a filter', () => {
  it('takes what compiles, and nothing else that a schema could tell', () => {
    fc.assert(
      fc.property(filter, (candidate) => {
        const { success, issues } = v.safeParse(schema, candidate)
        const refusal = refusalOf(() => compileFilter(everyType, candidate))
        if (success && refusal !== undefined) expect(refusal).toMatch(UNTOLD)
        if (success) return
        expect(refusal, `${JSON.stringify(candidate)}: ${issues[0].message}`).toBeDefined()
      }),
      { numRuns: 5_000 },
    )
  })

  it('describes query strings that become filters', () => {
    const { k: _, ...values } = similarUsersQuery(everyType, 1000)
    const value = fc.oneof(number, text, fc.array(fc.oneof(number, text), { minLength: 1, maxLength: 3 }))
    fc.assert(
      fc.property(fc.constantFrom(...ALIASES), value, (alias, candidate) => {
        const described = values[alias]
        if (described === undefined || !v.is(described, candidate)) return
        const { filter } = similarUsersRequest(everyType, '1', { [alias]: String(candidate) })
        expect(refusalOf(() => compileFilter(everyType, filter)) ?? 'no stop word').toMatch(UNTOLD)
      }),
      { numRuns: 5_000 },
    )
  })
})

/** What a filter is refused with; a fault of ours is thrown. */
function refusalOf(compile: () => unknown): string | undefined {
  try {
    compile()
    return undefined
  } catch (error) {
    if (error instanceof AppError && error.status === 400) return error.message
    throw error
  }
}
