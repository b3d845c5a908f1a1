import type { SearchAnswer } from '../../client/src/index.ts'
import { count, countOf, duration } from '../text/numbers.ts'

/** How the answer was found, for a person who has to trust it. */
export function howFound(answer: SearchAnswer, hasFilter: boolean): string[] {
  const { results, complete, method, tookMs, index } = answer
  const way = method.exact
    ? `Every customer${hasFilter ? ' that passes the filter' : ''} was compared.`
    : `The index was searched with ${count(method.efRuntime ?? 0)} candidates (EF_RUNTIME ${method.efRuntime}).`
  const whole = complete
    ? 'The answer is complete.'
    : `The answer is not complete: the index is ${index.state}, with ${index.percentIndexed} % of the customers.`
  return [`${countOf(results.length, 'customer')} in ${duration(tookMs)}.`, way, whole]
}
