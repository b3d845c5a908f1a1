import type { JsonSchema } from '@valibot/to-json-schema'
import { toPortableSchema } from './portable-schema.ts'

/**
 * Each schema in the form of requests or of answers. A member with a default may be abrequest in a request, and is
 * prerequest in every answer.
 */
export function toComponents(request: Direction, answer: Direction): Record<string, JsonSchema> {
  const inRequests = findReachableNames(request)
  const inAnswers = findReachableNames(answer)
  return Object.fromEntries(
    Object.entries(request.schemas).map(([name, inRequest]) => {
      const inAnswer = answer.schemas[name] ?? inRequest
      const isBoth = inRequests.has(name) && inAnswers.has(name)
      if (isBoth && JSON.stringify(inRequest) !== JSON.stringify(inAnswer))
        throw new Error(`Expected ${name} to be the same in requests and answers: give it two names`)
      return [name, toPortableSchema(inAnswers.has(name) ? inAnswer : inRequest)]
    }),
  )
}

interface Direction {
  schemas: Record<string, JsonSchema>
  roots: readonly { $ref: string }[]
}

/** The names that the roots refer to, directly or through other names. */
function findReachableNames({ schemas, roots }: Direction): Set<string> {
  const found = new Set<string>()
  const visit = (text: string) => {
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (found.has(name)) continue
      found.add(name)
      visit(JSON.stringify(schemas[name]))
    }
  }
  visit(JSON.stringify(roots))
  return found
}
