import { mkdtemp, rm } from 'node:fs/promises'
import { arch, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureSize } from './growth/measure-size.ts'
import { simulateShards } from './growth/shards.ts'
import { tableOf } from './growth/table.ts'

// npm run bench:growth [-- --users 20000 --users 100000 --storage hash|json --type FLOAT16 --ef-construction 200 --m 16]
// npm run bench:growth -- --users 20000 --shards 1 --shards 2 --shards 4
// --without-pipe leaves redis-cli out, --without-rebuild the restart and the migration: each takes as long as the import.
// What an index costs and finds as it grows: import, memory, recall, searches, upkeep. It prints the table of
// docs/scale.md, and MISSED for each missed target. Answers are checked before anything is timed.

const { values } = parseArgs({
  options: {
    users: { type: 'string', multiple: true, default: ['20000', '100000'] },
    storage: { type: 'string', default: 'hash' },
    type: { type: 'string', default: 'FLOAT16' },
    'ef-construction': { type: 'string', default: '200' },
    m: { type: 'string', default: '16' },
    'without-pipe': { type: 'boolean', default: false },
    'without-rebuild': { type: 'boolean', default: false },
    shards: { type: 'string', multiple: true, default: [] },
  },
})
console.log(`${cpus().length} × ${cpus()[0]?.model} (${arch()}), Node ${process.version}`)
const { storage, type } = values
const vector = {
  dimensions: 384,
  type,
  m: Number(values.m),
  efConstruction: Number(values['ef-construction']),
}
if (values.shards.length > 0) {
  for (const users of values.users)
    await simulateShards(Number(users), values.shards.map(Number), { storage, vector })
  process.exit(0)
}
const sizes: Awaited<ReturnType<typeof measureSize>>[] = []
for (const users of values.users.map(Number)) {
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-growth-'))
  try {
    const override = { storage, vector }
    const [withPipe, withRebuild] = [!values['without-pipe'], !values['without-rebuild']]
    sizes.push(await measureSize({ users, override, folder, withPipe, withRebuild }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
console.log(`\n${tableOf(sizes)}`)
const missed = sizes.flatMap((size) => size.missed.map((text) => `${size.users} users: ${text}`))
for (const text of missed) console.error(`MISSED: ${text}`)
process.exit(missed.length === 0 ? 0 : 1)
