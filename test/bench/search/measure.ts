import { percentile } from '../../support/distribution.ts'

export interface Latency {
  p50: number
  p99: number
}

/** Asks the i-th question once. */
export type Call = (i: number) => Promise<unknown>

/**
 * Times each call `count` times, `concurrency` at once, in short turns: what the machine does meanwhile befalls all of
 * them. The first fifth of the turns is for warming up.
 */
export async function measure<Name extends string>(
  calls: Record<Name, Call>,
  { count, concurrency }: { count: number; concurrency: number },
): Promise<Record<Name, Latency>> {
  const TURN = 40
  const names = Object.keys(calls) as Name[]
  const times = new Map(names.map((name) => [name, [] as number[]]))
  const turns = Math.ceil(count / TURN)
  for (let turn = -Math.ceil(turns / 5); turn < turns; turn++) {
    for (const name of names) {
      const measured = await timeTurn(calls[name], { from: Math.abs(turn) * TURN, count: TURN, concurrency })
      if (turn >= 0) times.get(name)?.push(...measured)
    }
  }
  const latency = (name: Name) => {
    const all = times.get(name) ?? []
    return [name, { p50: percentile(all, 0.5), p99: percentile(all, 0.99) }] as const
  }
  return Object.fromEntries(names.map(latency)) as Record<Name, Latency>
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
