import type { ImportStatus } from './import-report-schema.ts'

/** A running import saves its progress with every window, and a window has 30 s. */
export const DEAD_AFTER_MS = 60_000

/** Whether the import runs, and saved its progress within `silenceMs`: an import that is silent for longer is dead or waits. */
export function isAlive(
  { state, updatedAt }: Pick<ImportStatus, 'state' | 'updatedAt'>,
  silenceMs = DEAD_AFTER_MS,
): boolean {
  return state === 'RUNNING' && Date.now() - Date.parse(updatedAt) < silenceMs
}
