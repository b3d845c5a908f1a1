import type { IndexDefinition } from '../definition.ts'
import { AppError, show } from '../errors.ts'
import { fieldTypeOf } from '../fields/field-types.ts'
import { numberOf } from '../fields/numeric.ts'
import { didYouMean } from './did-you-mean.ts'

/**
 * The query string of `GET /users/{id}/similar`, as a search request: `k`, and each field by its alias (`labels=kids,road`
 * is any of these tags, `age=21` a number, `descr=bikes` words of a text, `place=13.4,52.5,10` within 10 km). Nothing
 * else: another member of the body (`user`, `filter`) would be taken for what it is there.
 *
 * @throws AppError REQUEST_INVALID with the name that is none of these
 */
export function similarUsersRequest(
  definition: IndexDefinition,
  user: string,
  query: Record<string, string | undefined>,
): Record<string, unknown> {
  const fields = definition.fields.filter(({ filterable }) => filterable)
  const conditions = Object.entries(query).filter(([name]) => name !== 'k')
  const known = ['k', ...fields.map(({ alias }) => alias)]
  const filter = conditions.map(([name, value = '']) => {
    const field = fields.find(({ alias }) => alias === name)
    if (field !== undefined) return [name, fieldTypeOf(field).fromQuery(value)]
    const hint = didYouMean(name, known)
    const message = `Expected one of ${known.join(', ')}, got ${show(name)}${hint}`
    const problems = [{ path: name, message }]
    throw new AppError('REQUEST_INVALID', `${message} in the query string`, { problems })
  })
  return {
    user,
    ...(query.k !== undefined && { k: numberOf(query.k) }),
    ...(filter.length > 0 && { filter: Object.fromEntries(filter) }),
  }
}
