import { describe, expect, it } from 'vitest'
import { python } from '../../../dev/python.ts'
import { toBytes, toVector } from '../../../lib/vector.ts'

const script = `
import sys, numpy
doubles = numpy.frombuffer(sys.stdin.buffer.read(), dtype='<f8')
sys.stdout.buffer.write(doubles.astype(numpy.float32).tobytes())
`

/** Doubles of every kind that float32 can hold: random bits, subnormals, halves between two floats, zeros of both signs. */
function doubles(count: number): Float64Array {
  let seed = Date.now() >>> 0
  console.log(`seed ${seed}`)
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed / 2 ** 32
  }
  return Float64Array.from({ length: count }, (_, i) => {
    if (i % 1000 === 0) return i % 2000 === 0 ? 0 : -0
    const size = 2 ** (random() * 276 - 149)
    const value = (1 + random()) * size * (random() < 0.5 ? -1 : 1)
    return Math.abs(value) < 3.4e38 ? value : 1
  })
}

describe('a million doubles', () => {
  it('become the bytes that numpy makes of them, bit for bit', async () => {
    const components = doubles(1_000_000)
    const shape = { dimensions: components.length, metric: 'L2', type: 'FLOAT32' } as const
    const input = Buffer.from(components.buffer)
    const theirs = await python(['-c', script], { input })
    const ours = toBytes(toVector(Array.from(components), shape), 'FLOAT32')
    expect(ours.length).toBe(4_000_000)
    expect(ours.equals(theirs)).toBe(true)
  })
})
