import type { AudienceReport } from './audience-report-schema.ts'

export function hasEnded({ state }: Pick<AudienceReport, 'state'>): boolean {
  return state !== 'QUEUED' && state !== 'RUNNING'
}
