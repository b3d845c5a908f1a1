import { createLog } from '../../../lib/lambda/log.ts'

/** Logs its event, as none of ours may. */
export async function handler(event: object) {
  createLog('leaks').info('event', { ...event })
}
