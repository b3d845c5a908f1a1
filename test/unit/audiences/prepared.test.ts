import { describe, expect, it } from 'vitest'
import { decodePrepared, encodePrepared, type Prepared } from '../../../lib/audiences/prepared.ts'
import { decodeRun, encodeRun, type ScoredUser } from '../../../lib/audiences/run-file.ts'
import { vectorTable } from '../../../lib/audiences/scoring/vector-table.ts'
import { bikeShop } from '../../support/bike-shop.ts'

const prepared: Prepared = {
  ...{
    index: 'idx:v1',
    definition: bikeShop,
    documents: 3,
    names: ['ä', 'b'],
    held: [1],
    seedUsers: ['ä', 'b'],
  },
  ...{ heldUsers: ['b'], excluded: ['c'], sampleShare: 0.5, problems: [], warnings: [] },
  seeds: {
    ...{ given: 2, used: 2, missing: 0, unsearchable: 0, doubled: 0, unreadable: 0 },
    ...{ scatter: 0.1, drewNobody: null },
  },
  like: vectorTable(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    3,
  ),
  unlike: vectorTable([[7, 8, 9]], 3),
}

describe('the files of a job', () => {
  it.each([1, 7, 16, 10_000])('give the seeds back, in chunks of %s bytes', async (size) => {
    const bytes = Buffer.concat(encodePrepared(prepared))
    async function* chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    }
    expect(await decodePrepared(chunks())).toEqual(prepared)
    async function* short() {
      yield bytes.subarray(0, -1)
    }
    await expect(decodePrepared(short())).rejects.toThrow('bytes of seeds')
  })

  it('give scored users back', () => {
    const users: ScoredUser[] = ['ä', '', 'user 3'].map((id, i) => ({
      ...{ id, hash: 2n ** 63n + BigInt(i), class: i === 1 ? 'unliked' : 'candidate', nearest: i },
      ...{ similarity: Math.fround(0.1 * i), kept: Number.NaN, plain: 0.5 },
    }))
    const run = decodeRun(encodeRun(users))
    expect([0, 1, 2].map(run.idOf)).toEqual(['ä', '', 'user 3'])
    expect([...run.hashes]).toEqual(users.map(({ hash }) => hash))
    expect([...run.similarities]).toEqual(users.map(({ similarity }) => similarity))
    expect([...run.classes]).toEqual([0, 5, 0])
    expect(() => decodeRun(encodeRun(users).subarray(0, 60))).toThrow('bytes of scored users')
  })
})
