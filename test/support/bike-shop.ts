import { readFileSync } from 'node:fs'
import { defineIndex, type IndexDefinition } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { jsonSetArgs } from '../../lib/redis/commands/json.ts'
import { connectRedis } from '../../lib/redis/connection.ts'
import type { Redis, RedisPool } from '../../lib/redis/redis.ts'

/** The bike shop's index: samuel (1), david (2), pieter (3) and morti (4). */
export const bikeShop: IndexDefinition = defineIndex(INDEX_DEFINITION)

export const bikeShopFile = readFileSync(new URL('../../events/data/users.ndjson', import.meta.url))

export function connectTo({ url }: { url: string }): RedisPool {
  return connectRedis({ source: { from: 'environment', url } })
}

/** How many are under way at once: the queue of a connection has an end. */
const WINDOW = 1_000

/** Stores documents without any check, as somebody else than the importer may do. */
export async function store(redis: Redis, documents: Record<string, unknown>): Promise<void> {
  const commands = Object.entries(documents).map(([key, document]) =>
    jsonSetArgs(key, Buffer.from(JSON.stringify(document))),
  )
  for (let i = 0; i < commands.length; i += WINDOW) {
    await Promise.all(commands.slice(i, i + WINDOW).map((command) => redis.send(command)))
  }
}

export async function storeBikeShop(redis: Redis): Promise<void> {
  for (const line of bikeShopFile.toString().trim().split('\n')) {
    await redis.send(jsonSetArgs(`user:${JSON.parse(line).id}`, Buffer.from(line)))
  }
}
