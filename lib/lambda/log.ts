import { Logger } from '@aws-lambda-powertools/logger'
import { currentInvocation } from './invocation.ts'
import { escapeUnsafe } from './visible.ts'

/** Writes one JSON line per event. Fields are counts, names and codes: never a record, a vector or a secret. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/**
 * A log with the stage and the ids of the current invocation on every line. The logger reads LOG_LEVEL itself (default
 * INFO).
 */
export function createLog(serviceName: string, { stage }: { stage?: string | undefined } = {}): Log {
  // JSON escapes only some control characters. An object's key may contain any of them, and logs are read in
  // terminals.
  const logger = new Logger({
    serviceName,
    jsonReplacerFn: (_, value) => (typeof value === 'string' ? escapeUnsafe(value) : value),
  })
  const withIds = (fields: Record<string, unknown> = {}) => ({
    stage,
    ...currentInvocation()?.ids,
    ...fields,
  })
  return {
    info: (message, fields) => logger.info(message, withIds(fields)),
    warn: (message, fields) => logger.warn(message, withIds(fields)),
    error: (message, fields) => logger.error(message, withIds(fields)),
  }
}
