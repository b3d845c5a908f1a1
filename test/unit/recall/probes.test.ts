import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { makeQueries } from '../../../lib/recall/probes.ts'
import { fromBytes } from '../../../lib/vector.ts'
import { seeded } from '../../support/random.ts'

const USERS = 10
const definition = defineIndex(INDEX_DEFINITION, { vector: { dimensions: USERS } })
/** Each user has a component of its own, so a mean shows its members. */
const sample = new Map(
  Array.from({ length: USERS }, (_, i) => [
    String(i),
    Float32Array.from({ length: USERS }, (_, j) => (i === j ? 1 : 0)),
  ]),
)

function membersOf(count: number, members: number): number[][] {
  const random = seeded(5)
  const deps = {
    redis: { send: () => Promise.reject(new Error('Expected no command')) },
    definition,
    index: '',
  }
  const queries = makeQueries(deps, sample, { count, members, random: () => random.between(0, 1) })
  return queries.map((query) =>
    Array.from(fromBytes(query, 'FLOAT32') ?? []).flatMap((component, i) => (component > 0 ? [i] : [])),
  )
}

describe('queries that are made from users', () => {
  it('have each user once before one comes again', () => {
    const drawn = membersOf(5, 2)
    expect(drawn.map((members) => members.length)).toEqual([2, 2, 2, 2, 2])
    expect(drawn.flat().toSorted((a, b) => a - b)).toEqual([...Array(USERS).keys()])
  })

  it('have different members each, although the users are too few for all of them', () => {
    const drawn = membersOf(20, 3)
    expect(drawn).toHaveLength(20)
    for (const members of drawn) expect(new Set(members).size).toBe(3)
  })
})
