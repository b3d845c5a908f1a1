import { Logger } from '@aws-lambda-powertools/logger'
import { visible } from './visible.ts'

/** One JSON line an event. Fields are counts, names and codes: never a record, a vector or a secret. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** Reads LOG_LEVEL itself (INFO by default). */
export function createLog(serviceName: string): Log {
  // JSON escapes some control characters and leaves others. An object's key may have any, and logs are read in terminals.
  const logger = new Logger({
    serviceName,
    jsonReplacerFn: (_, value) => (typeof value === 'string' ? visible(value) : value),
  })
  return {
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  }
}
