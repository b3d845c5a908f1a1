import { Option } from '@commander-js/extra-typings'
import { asText, once } from './command.ts'

// Options that several commands have.

export const stageOption = () =>
  new Option('--stage <name>', 'a deployed stage, in place of the local stack').argParser(once(asText))

export const regionOption = () =>
  new Option('--region <name>', 'the AWS region of that stage (AWS_REGION)').argParser(once(asText))

export const jsonOption = (description: string) => new Option('--json', description)

export const csvOption = (description: string) => new Option('--csv', description).conflicts('json')

/** A command to suggest to the person, for the same stack or stage as this one. */
export function suggestion(
  command: string,
  { stage, region }: { stage?: string | undefined; region?: string | undefined },
): string {
  const { DATA_DIR } = process.env
  const folder = stage === undefined && DATA_DIR ? `DATA_DIR=${quoted(DATA_DIR)} ` : ''
  const args = [
    ...(stage === undefined ? [] : ['--stage', stage]),
    ...(region === undefined ? [] : ['--region', region]),
  ]
  return [`${folder}npm run ${command}`, ...args.map(quoted)].join(' ')
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
