import { createClient } from '@redis/client'

// The floor of a cold start: a Redis client, and the one command of a search.

const vector = Buffer.from(Float32Array.of(0.9, 0.7, 0.2).buffer)

export async function handler() {
  const client = createClient({ url: process.env.REDIS_URL ?? '', RESP: 3 })
  await client.connect()
  return client.sendCommand([
    ...['FT.SEARCH', 'idx:user_prefs', '(*)=>[KNN $k @vector $vector EF_RUNTIME $ef AS __distance]'],
    ...['SORTBY', '__distance', 'ASC', 'LIMIT', '0', '2'],
    ...['RETURN', '7', '__distance', '$.descr', 'AS', 'descr', '$.labels', 'AS', 'labels'],
    ...['PARAMS', '6', 'k', '2', 'vector', vector, 'ef', '128', 'DIALECT', '2'],
  ])
}
