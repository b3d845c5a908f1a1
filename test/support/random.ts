export type Random = ReturnType<typeof seeded>

/** A random number generator with a seed (mulberry32): the same seed gives the same numbers. */
export function seeded(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    /** From 0 up to `limit`, without it. */
    below: (limit: number) => Math.floor(next() * limit),
    between: (low: number, high: number) => low + next() * (high - low),
    oneOf<T>(values: readonly T[]): T {
      const value = values[Math.floor(next() * values.length)]
      if (value === undefined) throw new Error('Expected values to choose from')
      return value
    },
  }
}

/** The seed of a variable such as SEARCH_SEED, else a new one; printed, so that a failure can be seen again. */
export function testSeed(variable: string): number {
  const seed = Number(process.env[variable] ?? Date.now() % 1_000_000_000)
  console.log(`${variable}=${seed}`)
  return seed
}
