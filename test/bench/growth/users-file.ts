import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { IndexDefinition } from '../../../lib/definition.ts'
import type { Command } from '../../../lib/redis/redis.ts'
import { storageOf } from '../../../lib/storage/storage-of.ts'
import { createRecordCheck, userKey } from '../../../lib/users/user-record.ts'
import type { Corpus } from '../search/corpus.ts'

/** The users as NDJSON lines. Seven digits behind the point, as embeddings are written to files: 4.4 KB a user. */
export function* userLines({ vectors, labels }: Corpus): Generator<string> {
  for (const [i, vector] of vectors.entries()) {
    const components = Array.from(vector, (component) => Number(component.toFixed(7)))
    yield `${JSON.stringify({ id: String(i), labels: labels[i], vector_embedding: components })}\n`
  }
}

export async function writeUsersFile(file: string, corpus: Corpus): Promise<void> {
  const stream = createWriteStream(file)
  for (const line of userLines(corpus)) if (!stream.write(line)) await once(stream, 'drain')
  stream.end()
  await once(stream, 'close')
}

/** The commands that store the users, of those that `select` takes. */
export function* writeCommandsOf(
  corpus: Corpus,
  definition: IndexDefinition,
  select: (i: number) => boolean = () => true,
): Generator<Command> {
  const check = createRecordCheck(definition)
  const storage = storageOf(definition)
  let i = 0
  for (const line of userLines(corpus)) {
    if (!select(i++)) continue
    const checked = check(Buffer.from(line.trimEnd()))
    if ('reject' in checked || 'deleted' in checked.record) throw new Error('Expected a user in each line')
    yield* storage.writeArgs(userKey(definition, checked.record.id), checked.record)
  }
}
