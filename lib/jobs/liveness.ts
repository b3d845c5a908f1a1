/** A running job saves its progress at least every 10 s, and one call of Redis may take up to 30 s. */
export const DEAD_AFTER_MS = 60_000

/** Whether the job is RUNNING and saved its progress less than `silenceMs` ago. */
export function isAlive(
  { state, updatedAt }: { state: string; updatedAt: string },
  silenceMs = DEAD_AFTER_MS,
): boolean {
  return state === 'RUNNING' && Date.now() - Date.parse(updatedAt) < silenceMs
}
