import { Option } from '@commander-js/extra-typings'
import type { SearchAnswer } from '../../lib/search/search-answer-schema.ts'
import { asText, newCommand, once, runCommand, STATUS } from './command.ts'
import { csvOption, jsonOption, regionOption, stageOption } from './options.ts'
import { print, printCsv, printJson, tell } from './output.ts'
import {
  parseCount,
  parseFilter,
  parseNames,
  parseNumber,
  parseSeeds,
  parseVector,
  seedsOf,
} from './search-options.ts'
import { fieldsOf, searchTable } from './search-table.ts'
import { findTarget } from './target.ts'

const EXAMPLES = `
Examples:
  npm run search -- --vector 0.9,0.7,0.2 -k 2
  npm run search -- --user 1 --filter '{"labels":"road"}'
  npm run -s search -- --like 1,2 --unlike 4 --json
`

const command = newCommand('search')
  .description('Finds the users who are most like a vector, a user, or several users.')
  .addOption(
    new Option('--vector <numbers>', 'numbers with commas, or base64 of float32')
      .argParser(once(parseVector))
      .conflicts(['user', 'like', 'unlike']),
  )
  .addOption(
    new Option('--user <id>', 'a user, who is left out of the answer')
      .argParser(once(asText))
      .conflicts(['like', 'unlike']),
  )
  .option('--like <ids>', 'users with commas, or a JSON array of ids and vectors', parseSeeds)
  .option('--unlike <ids>', 'users that the found ones are not to be like', parseSeeds)
  .addOption(
    new Option('--strategy <name>', 'of several users: average (default) or best_score')
      .conflicts(['vector', 'user'])
      .choices(['average', 'best_score']),
  )
  .option('-k, --k <number>', 'how many to find (10)', once(parseCount))
  .option('--filter <json>', 'only users that pass this filter (docs/search.md)', once(parseFilter))
  .option('--max-distance <number>', 'only users that are no further away', once(parseNumber))
  .option('--fields <names>', 'only these fields, with commas', parseNames)
  .addOption(new Option('--exact', 'compare every user, by brute force').conflicts('efRuntime'))
  .option('--ef-runtime <number>', 'how many candidates HNSW considers', once(parseCount))
  .option('--include-vector', 'with --json or --csv: the vectors, too')
  .addOption(jsonOption('the answer of the API, as JSON'))
  .addOption(csvOption('the users as CSV'))
  .addOption(stageOption())
  .addOption(regionOption())
  .addHelpText('after', EXAMPLES)
  .action(async ({ json, csv, stage, region, vector, user, like, unlike, strategy, ...options }) => {
    const seeds = seedsOf({ vector, user, like, unlike, strategy })
    if (seeds === undefined) return command.error('error: expected one of --vector, --user and --like')
    if (options.includeVector && !json && !csv) {
      command.error('error: expected --json or --csv with --include-vector: a table shows no vectors')
    }
    const { api } = await findTarget({ stage, region })
    const answer = await api.search({ ...seeds, ...options })
    if (json) await printJson(answer)
    else if (csv) await printAsCsv(answer)
    else await print(searchTable(answer))
    if (!answer.complete) process.exitCode = STATUS.incomplete
  })

await runCommand(command)

/** CSV has no place for what a reader must know: that goes to stderr. */
async function printAsCsv(answer: SearchAnswer): Promise<void> {
  const names = fieldsOf(answer)
  const hasVectors = answer.results.some(({ vector }) => vector !== undefined)
  await printCsv(
    ['id', 'distance', 'similarity', ...names, ...(hasVectors ? ['vector'] : [])],
    answer.results.map(({ id, distance, similarity, fields, vector }) => [
      ...[id, distance, similarity],
      ...names.map((name) => fields[name]),
      ...(hasVectors ? [vector] : []),
    ]),
  )
  for (const warning of answer.warnings) tell(warning)
  if (!answer.complete) tell('The answer is NOT complete')
}
