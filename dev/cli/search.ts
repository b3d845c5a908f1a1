import { parseArgs } from 'node:util'
import type { SearchAnswer } from '../../lib/search-users.ts'
import { runCommand } from './command.ts'
import { searchTable } from './search-table.ts'
import { findTarget, targetOptions } from './target.ts'

// npm run search -- --vector 0.9,0.7,0.2 | --user ID [--k N] [--filter JSON] [--stage NAME] [--region NAME]

const USAGE = `Usage: npm run search -- --vector 0.9,0.7,0.2 | --user ID [--k N] [--filter '{"labels":"road"}'] [--stage NAME] [--region NAME]`

await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      ...targetOptions,
      vector: { type: 'string' },
      user: { type: 'string' },
      k: { type: 'string' },
      filter: { type: 'string' },
    },
  })
  const { vector, user, k, filter } = values
  if ((vector === undefined) === (user === undefined)) throw new Error(USAGE)
  const { api } = await findTarget(values)
  const answer = await api.post('/search', {
    vector: vector === undefined ? undefined : vectorOf(vector),
    user,
    k: k === undefined ? undefined : Number(k),
    filter: filter === undefined ? undefined : jsonOf(filter),
  })
  console.log(searchTable(answer as SearchAnswer))
})

/** Numbers with commas, or base64 as it stands. */
function vectorOf(text: string): number[] | string {
  return /^[\d\s,.eE+-]+$/.test(text) ? text.split(',').map(Number) : text
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`Expected --filter to be JSON such as {"labels":"road"}, got ${text}`)
  }
}
