import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Routes, Search } from '../../../client/src/index.ts'
import { apiTypes } from '../../../dev/client/api-types.ts'
import { typeText } from '../../../dev/client/type-text.ts'
import type { APIS } from '../../../lib/api/openapi.ts'
import type { AnswerOf, RouteDescription } from '../../../lib/api/route.ts'
import type { searchRequestSchema } from '../../../lib/search/search-request.ts'

type UnionToIntersection<T> = (T extends unknown ? (value: T) => void : never) extends (
  value: infer U,
) => void
  ? U
  : never
/** The routes as the functions describe them. */
type Described = UnionToIntersection<ReturnType<(typeof APIS)[keyof typeof APIS]>['routes']>

type Success<T extends RouteDescription> = Extract<AnswerOf<T>, { status: 200 | 201 | 202 | 204 }>
type AnswerBody<T extends RouteDescription> =
  Success<T> extends infer TAnswer ? (TAnswer extends { body: infer TBody } ? TBody : undefined) : never
type RequestBody<T> = T extends { body: infer TBody extends v.GenericSchema }
  ? v.InferInput<TBody>
  : undefined

type Differs<TOne, TOther> = [TOne] extends [TOther] ? ([TOther] extends [TOne] ? false : true) : true
type DifferentAnswers = {
  [TKey in keyof Described & keyof Routes]: Described[TKey] extends RouteDescription
    ? Differs<AnswerBody<Described[TKey]>, Routes[TKey]['answer']> extends true
      ? TKey
      : never
    : TKey
}[keyof Described & keyof Routes]
type DifferentBodies = {
  [TKey in keyof Described & keyof Routes]: Differs<
    Exact<RequestBody<Described[TKey]>>,
    Exact<Routes[TKey]['body']>
  > extends true
    ? TKey
    : never
}[keyof Described & keyof Routes]

/** Without `undefined` for a member that may be absent: a caller of the client may write it, and JSON leaves it out. */
type Exact<T> = T extends readonly (infer TElement)[]
  ? Exact<TElement>[]
  : T extends object
    ? { [TKey in keyof T]: Exact<Exclude<T[TKey], undefined>> }
    : T

describe('the types of the client', () => {
  it('are what the schemas of the API say now', () => {
    const file = fileURLToPath(new URL('../../../client/src/api.ts', import.meta.url))
    expect(readFileSync(file, 'utf8'), 'run: npm run client:types').toBe(apiTypes())
  })

  it('are the types that valibot infers, as the compiler checks', () => {
    // The compiler infers them from the schemas in another way. A route that is missing here has another type by now.
    const stale: Record<DifferentAnswers | DifferentBodies, 'run: npm run client:types'> = {}
    expect(stale).toEqual({})
    expectTypeOf<keyof Routes>().toEqualTypeOf<keyof Described>()
    expectTypeOf<Exact<Search>>().toExtend<Exact<v.InferInput<ReturnType<typeof searchRequestSchema>>>>()
  })

  it.each([
    [{ type: 'array', items: { oneOf: [{ type: 'string' }, { type: 'null' }] } }, '(string | null)[]'],
    [{ type: 'string', pattern: '^(a|b=(0|[1-9]\\d{0,8}))$' }, `\`a\` | \`b=\${number}\``],
    [{ type: 'string', pattern: '^[a-z]+$' }, 'string'],
    [{ type: 'integer', minimum: 1 }, 'number'],
    [{}, 'unknown'],
  ] as const)('of %j is %s', (schema, text) => {
    expect(typeText(structuredClone(schema) as object)).toBe(text)
  })

  it('are refused for a word that they cannot express', () => {
    expect(() => typeText({ type: 'string', allOf: [] })).toThrow('Expected a schema without allOf')
  })
})
