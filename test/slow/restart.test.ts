import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { seeded } from '../support/random.ts'
import { run, search, start, temporaryFolder } from '../support/stack.ts'
import { launch } from '../support/stack-process.ts'

const USERS = 30_000
const DIMENSIONS = 384

describe('npm start on the data of many users', () => {
  it('loads them with its progress in the terminal, and ends in the middle when it is told to', async () => {
    const dataDir = await temporaryFolder()
    const env = { DATA_DIR: dataDir, INDEX_DEFINITION: `{"vector":{"dimensions":${DIMENSIONS}}}` }
    const file = join(dataDir, 'many.ndjson')
    const last = await writeUsers(file)
    const first = await start(env)
    expect(await run(first, ['dev/cli/import.ts', file])).toMatchObject({ status: 0 })
    expect(await first.end('SIGINT')).toBe(0)

    const stopped = launch(dataDir, env)
    await stopped.printed('Redis is loading its data:')
    expect(await stopped.end('SIGINT')).toBe(0)
    expect(stopped.output()).not.toContain('Lookalike is ready.')

    const again = await start(env)
    expect(again.output()).toMatch(/Redis is loading its data: \d+ %[\s\S]*Lookalike is ready\./)
    const { body } = await search(again, { vector: last, k: 1, exact: true })
    expect(body).toMatchObject({ results: [{ id: `u${USERS - 1}` }], complete: true })
    const status = await (await fetch(new URL('/index', again.apiUrl))).json()
    expect(status).toMatchObject({ state: 'ready', documents: USERS, searchable: USERS })
  })
})

/** Gives the vector of the last one. */
async function writeUsers(file: string): Promise<number[]> {
  const { below } = seeded(1)
  const stream = createWriteStream(file)
  let vector: number[] = []
  for (let i = 0; i < USERS; i++) {
    vector = Array.from({ length: DIMENSIONS }, () => below(1_000) / 1_000)
    const isRoom = stream.write(`${JSON.stringify({ id: `u${i}`, vector_embedding: vector })}\n`)
    if (!isRoom) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'close')
  return vector
}
