/** How a state looks: done, in progress, in need of a person, or over without effect. */
const TONES: Readonly<Record<string, string>> = {
  COMPLETED: 'good',
  CHECKED: 'good',
  CHECKED_WITH_REJECTS: 'warn',
  ready: 'good',
  RUNNING: 'busy',
  QUEUED: 'busy',
  building: 'busy',
  PARTIAL: 'warn',
  partial: 'bad',
  FAILED: 'bad',
  ABORTED: 'bad',
  absent: 'bad',
  drifted: 'bad',
}

const WORDS: Readonly<Record<string, string>> = {
  COMPLETED: 'Complete',
  CHECKED: 'Only checked',
  CHECKED_WITH_REJECTS: 'Only checked',
  RUNNING: 'Running',
  QUEUED: 'Waiting',
  PARTIAL: 'Partly done',
  FAILED: 'Failed',
  ABORTED: 'Stopped by rejects',
  CANCELLED: 'Cancelled',
  SUPERSEDED: 'Replaced',
  DUPLICATE: 'Imported before',
  ready: 'Ready',
  building: 'Being built',
  partial: 'Incomplete',
  drifted: 'Differs from its definition',
  absent: 'Missing',
}

const stateWord = (state: string): string => WORDS[state] ?? state

export function StateMark({ state }: { state: string }) {
  return <span class={`mark ${TONES[state] ?? ''}`}>{stateWord(state)}</span>
}
