import { Option } from '@commander-js/extra-typings'
import { asText, once } from './command.ts'

// Options that several commands have.

export const stageOption = () =>
  new Option('--stage <name>', 'a deployed stage, in place of the local stack').argParser(once(asText))

export const regionOption = () =>
  new Option('--region <name>', 'the AWS region of that stage (AWS_REGION)').argParser(once(asText))

export const jsonOption = (description: string) => new Option('--json', description)

export const csvOption = (description: string) => new Option('--csv', description).conflicts('json')

/** How a command that we suggest names the same target. */
export function stageArgs({
  stage,
  region,
}: {
  stage?: string | undefined
  region?: string | undefined
}): string {
  const args = [
    ...(stage === undefined ? [] : ['--stage', stage]),
    ...(region === undefined ? [] : ['--region', region]),
  ]
  return args.map((arg) => ` ${arg}`).join('')
}
