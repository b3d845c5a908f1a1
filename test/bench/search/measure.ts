import { percentile } from '../../support/distribution.ts'

export interface Latency {
  p50: number
  p99: number
}

/** Asks the i-th question once. */
export type Call = (i: number) => Promise<unknown>

const WARM_UP = 3_000

/** As often as an environment has served when its code is compiled for good; after 200 calls much is still interpreted. */
export async function warmUp(calls: Record<string, Call>): Promise<void> {
  await timeCalls(calls, { count: WARM_UP, concurrency: 1 })
}

/**
 * Times each call `count` times, `concurrency` at once, in short turns: what the machine does meanwhile befalls all of
 * them, and who comes first changes: else one of them would always be behind the one whose garbage is collected then. The
 * first fifth of the turns is for warming up. Milliseconds.
 *
 * @param turn how many calls in a row. Fewer for long ones, so that a busy second of the machine meets all of them
 */
export async function timeCalls<Name extends string>(
  calls: Record<Name, Call>,
  { count, concurrency, turn: size = 40 }: { count: number; concurrency: number; turn?: number },
): Promise<Record<Name, number[]>> {
  const names = Object.keys(calls) as Name[]
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  const turns = Math.ceil(count / size)
  for (let turn = -Math.ceil(turns / 5); turn < turns; turn++) {
    const first = Math.abs(turn) % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const measured = await timeTurn(calls[name], { from: Math.abs(turn) * size, count: size, concurrency })
      if (turn >= 0) times[name].push(...measured)
    }
  }
  return times
}

export async function measure<Name extends string>(
  calls: Record<Name, Call>,
  options: { count: number; concurrency: number },
): Promise<Record<Name, Latency>> {
  const times = Object.entries<number[]>(await timeCalls(calls, options))
  return Object.fromEntries(times.map(([name, all]) => [name, latencyOf(all)])) as Record<Name, Latency>
}

export function latencyOf(times: readonly number[]): Latency {
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
}

async function timeTurn(
  call: Call,
  { from, count, concurrency }: { from: number; count: number; concurrency: number },
): Promise<number[]> {
  const times: number[] = []
  let next = from
  const lane = async () => {
    while (next < from + count) {
      const i = next++
      const startedAt = performance.now()
      await call(i)
      times.push(performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  return times
}
