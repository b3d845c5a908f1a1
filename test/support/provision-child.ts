import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { connectRedis } from '../../lib/redis/connection.ts'
import type { Connection, RedisPool } from '../../lib/redis/redis.ts'

// A process that provisions, and kills itself before it sends its Nth command or pipeline (test/faults/index-kills).

const [url = '', override = '{}', killedAt = '0'] = process.argv.slice(2)
let sent = 0

function count<T>(send: () => T): T {
  if (++sent === Number(killedAt)) process.kill(process.pid, 'SIGKILL')
  return send()
}

function counted(pool: RedisPool): RedisPool {
  const connectionOf = ({ send, pipeline }: Connection): Connection => ({
    send: (command, options) => count(() => send(command, options)),
    pipeline: (commands, options) => count(() => pipeline(commands, options)),
  })
  return {
    ...pool,
    send: (command, options) => count(() => pool.send(command, options)),
    lease: (work) => pool.lease((connection) => work(connectionOf(connection))),
  }
}

const pool = connectRedis({ source: { from: 'environment', url } })
const definition = defineIndex(INDEX_DEFINITION, JSON.parse(override))
const { change } = await provisionIndex(
  { redis: counted(pool), definition },
  // Of twenty processes on two processors each may be given none for seconds.
  {
    deadline: Date.now() + 60_000,
    waitUntil: Date.now() + 20_000,
    graceMs: Number(process.env.GRACE_MS ?? 3_600_000),
  },
)
await pool.close()
console.log(change)
