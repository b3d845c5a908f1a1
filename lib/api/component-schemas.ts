import type { JsonSchema } from '@valibot/to-json-schema'
import { portable } from './portable-schema.ts'

/**
 * Each schema as the caller sends it or as the service answers it: a member with a default may be left out of a request,
 * and is in every answer.
 */
export function componentsOf(sent: Direction, answered: Direction): Record<string, JsonSchema> {
  const inRequests = reachable(sent)
  const inAnswers = reachable(answered)
  return Object.fromEntries(
    Object.entries(sent.schemas).map(([name, asSent]) => {
      const asAnswered = answered.schemas[name] ?? asSent
      const isBoth = inRequests.has(name) && inAnswers.has(name)
      if (isBoth && JSON.stringify(asSent) !== JSON.stringify(asAnswered))
        throw new Error(`Expected ${name} to be the same in requests and answers: give it two names`)
      return [name, portable(inAnswers.has(name) ? asAnswered : asSent)]
    }),
  )
}

interface Direction {
  schemas: Record<string, JsonSchema>
  roots: readonly { $ref: string }[]
}

/** The names that the roots refer to, through other names, too. */
function reachable({ schemas, roots }: Direction): Set<string> {
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
