/** A running job saves its progress at least every 10 s, and a call of Redis has 30 s. */
export const DEAD_AFTER_MS = 60_000

/** Whether the job runs, and saved its progress within `silenceMs`: a job that is silent for longer is dead or waits. */
export function isAlive(
  { state, updatedAt }: { state: string; updatedAt: string },
  silenceMs = DEAD_AFTER_MS,
): boolean {
  return state === 'RUNNING' && Date.now() - Date.parse(updatedAt) < silenceMs
}
