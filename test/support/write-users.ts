import type { IndexDefinition } from '../../lib/definition.ts'
import { type WindowOutcome, windowWriter } from '../../lib/import/window-writer.ts'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { createRecordCheck } from '../../lib/users/user-record.ts'

/** Writes records as an import does, in one window; `rejected` are those that the check does not take. */
export async function writeUsers(
  redis: RedisPool,
  definition: IndexDefinition,
  records: readonly (object | string)[],
): Promise<WindowOutcome & { rejected: number }> {
  const check = createRecordCheck(definition)
  const checked = records.map((record) =>
    check(Buffer.from(typeof record === 'string' ? record : JSON.stringify(record))),
  )
  const placed = checked.flatMap((one, i) =>
    'record' in one ? [{ record: one.record, position: { row: i + 1 } }] : [],
  )
  return redis.lease(async (connection) => {
    const { ask, write } = windowWriter(connection, definition, {
      dryRun: false,
      erasureMs: undefined,
      erasuresOf: definition,
    })
    const outcome = write(placed, await ask(placed, []))
    return { ...(await outcome), rejected: records.length - placed.length }
  })
}
