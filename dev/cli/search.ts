import { parseArgs } from 'node:util'
import type { FilterInput } from '../../lib/search/filter-schema.ts'
import { runCommand } from './command.ts'
import { searchTable } from './search-table.ts'
import { findTarget, targetOptions } from './target.ts'

const USAGE = `Usage: npm run search -- --vector 0.9,0.7,0.2 | --user ID [--k N] [--filter '{"labels":"road"}'] [--stage NAME] [--region NAME]`
const HELP = `${USAGE}

  --vector  numbers with commas, or base64 of float32; when it begins with a minus, with =: --vector=-0.1,0.7,0.2
  --user    the id of a user, who is left out of the answer
  --k       how many to find (10)
  --filter  JSON, see the README
  --stage   search a deployed stage, not the local stack
  --region  of that stage (AWS_REGION)`

await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      ...targetOptions,
      vector: { type: 'string' },
      user: { type: 'string' },
      k: { type: 'string' },
      filter: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  const { vector, user, k, filter, help } = values
  if (help) return console.log(HELP)
  if ((vector === undefined) === (user === undefined)) throw new Error(USAGE)
  const request = {
    vector: vector === undefined ? undefined : vectorOf(vector),
    user,
    k: k === undefined ? undefined : numberOf(k, '--k'),
    filter: filter === undefined ? undefined : jsonOf(filter),
  }
  const { api } = await findTarget(values)
  console.log(searchTable(await api.search(request)))
})

/** Numbers with commas, or base64 as it stands. */
function vectorOf(text: string): number[] | string {
  const isBase64 = !text.includes(',') && !/^[\d\s.eE+-]+$/.test(text)
  if (isBase64) return text
  return text.split(',').map((part, i) => numberOf(part, `component ${i} of --vector`))
}

/** Not Number alone, for which nothing is 0. */
function numberOf(text: string, name: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isFinite(number)) return number
  throw new Error(`Expected ${name} to be a number, got ${JSON.stringify(text)}`)
}

/** Whether it is a filter, the service says. */
function jsonOf(text: string): FilterInput {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`Expected --filter to be JSON such as {"labels":"road"}, got ${text}`)
  }
}
