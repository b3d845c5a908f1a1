import { type Random, seeded } from './random.ts'

/** `FAULTS_SEED=…` repeats a run. */
export function randomFaults(): Random {
  const seed = Number(process.env.FAULTS_SEED ?? Math.floor(Math.random() * 1e9))
  console.log(`FAULTS_SEED=${seed}`)
  return seeded(seed)
}

/** A byte of those that a clean run sends: any, and one time in five one of the last, by which the import is closed. */
export function momentOf(random: Random, bytes: number): number {
  return random.below(5) === 0 ? bytes - random.below(2_000) : 1 + random.below(bytes)
}
