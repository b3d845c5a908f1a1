import type { CheckedDefinition, WrittenDefinition } from '../definition.ts'
import type { Deadline, RedisPool } from '../redis/redis.ts'
import type { ObjectStore } from '../s3/object-store.ts'

export interface ImportDeps {
  redis: RedisPool
  definition: CheckedDefinition
  /** How users are written, when not only as the definition says. */
  written?: WrittenDefinition
  objects: ObjectStore
  importPrefix: string
  reportPrefix: string
  maxRecordBytes: number
  /** How many replicas must have the writes before the import ends; none, if nothing is said. */
  waitReplicas?: number
  /** How long an erased person stays on the erasure list, in milliseconds; undefined if the entry never expires. */
  erasureMs?: number | undefined
  /** Called when all records are written, before the report says so. A reader of the report relies on its effects. */
  beforeReport?: () => Promise<void>
  /** When to stop reading, with enough time in hand to finish what is under way. */
  stopAt?: Deadline
}
