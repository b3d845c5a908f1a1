import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../lib/errors.ts'
import {
  fromBytes,
  toBytes,
  toNumbers,
  toVector,
  type VectorInput,
  type VectorShape,
} from '../../lib/vector.ts'

const bikes: VectorShape = { dimensions: 3, metric: 'COSINE', type: 'FLOAT32' }

describe('vector bytes', () => {
  it('are those of numpy: [0.9, 0.7, 0.2] is 6666663f3333333fcdcc4c3e', () => {
    expect(toBytes(toVector([0.9, 0.7, 0.2], bikes), 'FLOAT32').toString('hex')).toBe(
      '6666663f3333333fcdcc4c3e',
    )
  })

  it('of base64 are the bytes that were encoded', () => {
    expect(toBytes(toVector('ZmZmPzMzMz/NzEw+', bikes), 'FLOAT32').toString('hex')).toBe(
      '6666663f3333333fcdcc4c3e',
    )
  })

  it('of a view into a larger array are those of the view alone', () => {
    const whole = Float32Array.of(1, 2, 3, 4, 5)
    expect(toBytes(whole.subarray(1, 3), 'FLOAT32')).toEqual(Buffer.from('0000004000004040', 'hex'))
  })

  it('keep the sign of -0 and the last bit of a subnormal', () => {
    const floats = toVector([-0, 1.401298464324817e-45, 1], { dimensions: 3, metric: 'L2', type: 'FLOAT32' })
    expect(toBytes(floats, 'FLOAT32').toString('hex')).toBe('00000080010000000000803f')
  })

  it.each([
    ['FLOAT16', '333b9a396632'],
    ['BFLOAT16', '663f333f4d3e'],
    ['FLOAT32', '6666663f3333333fcdcc4c3e'],
    ['FLOAT64', 'cdccccccccccec3f666666666666e63f9a9999999999c93f'],
  ] as const)('in %s are %s', (type, hex) => {
    const vector = toVector([0.9, 0.7, 0.2], { ...bikes, type })
    expect(toBytes(vector, type).toString('hex')).toBe(hex)
    expect(fromBytes(Buffer.from(hex, 'hex'), type)).toEqual(vector)
    expect(fromBytes(Buffer.from(hex.slice(2), 'hex'), type)).toBeUndefined()
    expect(toNumbers(vector, type)).toEqual([0.9, 0.7, 0.2])
  })

  it('of base64 are float32, whatever the type of the index is', () => {
    const half = toVector('ZmZmPzMzMz/NzEw+', { ...bikes, type: 'FLOAT16' })
    expect(toBytes(half, 'FLOAT16').toString('hex')).toBe('333b9a396632')
  })

  it('are written as the shortest numbers that give them back', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (float) => {
        const [shown = Number.NaN] = toNumbers(Float32Array.of(float), 'FLOAT32')
        expect(Math.fround(shown)).toBe(float)
        expect(String(shown).length).toBeLessThanOrEqual(String(float).length)
        const half = Math.f16round(float)
        fc.pre(Number.isFinite(half))
        expect(Math.f16round(toNumbers(Float16Array.of(half), 'FLOAT16')[0] ?? Number.NaN)).toBe(half)
      }),
      { numRuns: 1000 },
    )
  })

  it('come back from a buffer that starts at an odd offset', () => {
    const odd = Buffer.concat([Buffer.from([7]), toBytes(Float32Array.of(0.5, -2), 'FLOAT32')]).subarray(1)
    expect(fromBytes(odd, 'FLOAT32')).toEqual(Float32Array.of(0.5, -2))
  })

  it('agree with DataView for a million numbers of every size', () => {
    const dimensions = 1000
    const numbers = fc.array(fc.double({ noNaN: true, min: -3.4e38, max: 3.4e38 }), {
      minLength: dimensions,
      maxLength: dimensions,
      size: 'max',
    })
    fc.assert(
      fc.property(numbers, (components) => {
        const expected = new DataView(new ArrayBuffer(4 * dimensions))
        components.forEach((component, i) => {
          expected.setFloat32(4 * i, component, true)
        })
        const bytes = toBytes(toVector(components, { dimensions, metric: 'L2', type: 'FLOAT32' }), 'FLOAT32')
        expect(bytes.equals(new Uint8Array(expected.buffer))).toBe(true)
        expect(
          toBytes(
            toVector(bytes.toString('base64'), { dimensions, metric: 'L2', type: 'FLOAT32' }),
            'FLOAT32',
          ).equals(bytes),
        ).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a vector is refused', () => {
  const refusal = (input: VectorInput, shape = bikes) => {
    try {
      toVector(input, shape)
    } catch (error) {
      if (error instanceof AppError)
        return { code: error.code, message: error.message, path: error.problems[0]?.path }
    }
    return undefined
  }

  it('with the wrong number of dimensions', () => {
    expect(refusal([1, 2])).toEqual({
      code: 'VECTOR_DIMENSIONS',
      message: 'Expected 3 dimensions, got 2 at vector',
      path: 'vector',
    })
    expect(refusal([1, 2, 3, 4])).toMatchObject({
      code: 'VECTOR_DIMENSIONS',
      message: 'Expected 3 dimensions, got 4 at vector',
    })
    expect(refusal(Buffer.alloc(8).toString('base64'))?.code).toBe('VECTOR_DIMENSIONS')
  })

  it.each([1e39, -1e39, Number.NaN, Number.POSITIVE_INFINITY, null, '1', true, [1], undefined])(
    'when a component is %s, which float32 cannot hold',
    (component) => {
      expect(refusal([1, component, 3])).toMatchObject({ code: 'VECTOR_NOT_FINITE', path: 'vector[1]' })
    },
  )

  it.each([
    ['FLOAT16', 65_519, 65_520],
    ['BFLOAT16', 3.39e38, 3.4e38],
    ['FLOAT32', 3.4028235e38, 3.5e38],
    ['FLOAT64', 1.7e308, Number.POSITIVE_INFINITY],
  ] as const)('when a component overflows %s', (type, fine, tooLarge) => {
    const shape = { dimensions: 1, metric: 'L2', type } as const
    expect(refusal([fine], shape)).toBeUndefined()
    expect(refusal([-tooLarge], shape)).toMatchObject({
      code: 'VECTOR_NOT_FINITE',
      message: `Expected a number that ${type.toLowerCase()} can hold, got ${-tooLarge} at vector[0]`,
    })
  })

  it.each([
    ['FLOAT16', 6.2e-5, 6e-5, 6e4],
    ['BFLOAT16', 1.2e-19, 1e-19, 1.7e19],
    ['FLOAT32', 1.2e-38, 1.1e-38, 3.3e38],
    ['FLOAT64', 1.5e-154, 1.4e-154, 1.3e154],
  ] as const)(
    'when its length under COSINE is below what %s tells a direction by',
    (type, fine, tooShort, long) => {
      const shape = { dimensions: 2, metric: 'COSINE', type } as const
      for (const length of [fine, long]) expect(refusal([length, 0], shape)).toBeUndefined()
      expect(refusal([tooShort, 0], shape)?.code).toBe('VECTOR_ZERO')
    },
  )

  it('when its length under COSINE overflows FLOAT64', () => {
    const shape = { dimensions: 2, metric: 'COSINE', type: 'FLOAT64' } as const
    expect(refusal([1.2e154, 1.2e154], shape)?.code).toBe('VECTOR_NOT_FINITE')
    expect(refusal([1e200, 0], shape)?.code).toBe('VECTOR_NOT_FINITE')
  })

  it('when base64 holds NaN or Infinity', () => {
    expect(refusal(toBytes(Float32Array.of(1, Number.NaN, 3), 'FLOAT32').toString('base64'))?.code).toBe(
      'VECTOR_NOT_FINITE',
    )
  })

  it.each([[[0, 0, 0]], [[-0, 0, -0]], [[1e-46, 0, 0]]])('when %j has no direction under COSINE', (zeros) => {
    expect(refusal(zeros)?.code).toBe('VECTOR_ZERO')
  })

  it('when its length under COSINE is too much or too little for float32', () => {
    expect(refusal([3e38, 3e38, 0])).toMatchObject({ code: 'VECTOR_NOT_FINITE', path: 'vector' })
    expect(refusal([1e-38, 0, 0])).toMatchObject({ code: 'VECTOR_ZERO', path: 'vector' })
    expect(refusal([1e-44, 1e-44, 1e-44])?.code).toBe('VECTOR_ZERO')
    for (const fine of [2e38, 1e37, 1e-37, 2e-38]) expect(refusal([fine, fine / 2, 0])).toBeUndefined()
    for (const metric of ['L2', 'IP'] as const) {
      expect(refusal([3e38, 3e38, 1e-44], { dimensions: 3, metric, type: 'FLOAT32' })).toBeUndefined()
    }
  })

  it('under COSINE exactly when float32 cannot hold its length, whatever its direction and scale', () => {
    const component = fc.double({ noNaN: true, min: -1, max: 1 })
    const direction = fc.array(component, { minLength: 3, maxLength: 3 })
    const exponent = fc.oneof(fc.integer({ min: -46, max: 38 }), fc.constantFrom(-39, -38, -37, 37, 38))
    fc.assert(
      fc.property(direction, exponent, fc.double({ noNaN: true, min: 1, max: 9 }), (unit, power, factor) => {
        const components = unit.map((part) => Math.fround(part * factor * 10 ** power))
        fc.pre(components.every(Number.isFinite))
        const length = Math.fround(Math.hypot(...components))
        const isIndexed = Number.isFinite(length) && length >= 1.1754943508222875e-38
        expect(refusal(components) === undefined).toBe(isIndexed)
      }),
      { numRuns: 2000 },
    )
  })

  it('but zeros are a fine vector under L2 and IP', () => {
    expect(refusal([0, 0, 0], { dimensions: 3, metric: 'L2', type: 'FLOAT32' })).toBeUndefined()
    expect(refusal([0, 0, 0], { dimensions: 3, metric: 'IP', type: 'FLOAT32' })).toBeUndefined()
  })

  it.each(['not base64!', 'ZmZmPzMzMz/NzEw', 'ZmZmPzMzMz_NzEw-', 'AAAA'])(
    'when %j is no base64 of float32',
    (text) => {
      expect(refusal(text)?.code).toBe('VECTOR_FORMAT')
    },
  )

  it.each([
    ['canary-7361', 'text'],
    [{ canary: 7361 }, 'an object'],
    [['canary'], 'an array of 1'],
    [null, 'null'],
    [true, 'a boolean'],
    [undefined, 'nothing'],
  ])('with the kind of the component %j, never with its text', (component, kind) => {
    expect(refusal([1, component, 3])?.message).toBe(
      `Expected a number that float32 can hold, got ${kind} at vector[1]`,
    )
  })

  it('without quoting it: a message may be logged', () => {
    expect(refusal('c2VjcmV0IHZlY3Rvcg')?.message).not.toContain('c2Vj')
  })
})
