import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

// The three users as Node writes them with no package: node test/data/formats/make-node.ts, on Node 24.

const file = (name: string) => new URL(name, import.meta.url)
const users: unknown[] = JSON.parse(readFileSync(file('users.json'), 'utf8'))
const texts = users.map((user) => JSON.stringify(user))
writeFileSync(file('node-lines.jsonl'), texts.join('\n'))
writeFileSync(file('node-array.json'), JSON.stringify(users, null, 2))
writeFileSync(file('node-firehose'), texts.join(''))
writeFileSync(file('node-gzip.ndjson'), gzipSync(texts.join('\n')))
