import { derive } from './derived.mjs'
import { settingProblems } from './settings.mjs'

/**
 * The members of osls that this file reads.
 *
 * @typedef {{
 *   configurationInput: { params: Record<string, Record<string, unknown> | undefined> },
 *   processedInput: { options: { param?: string[], stage?: string } },
 * }} Osls
 */

/**
 * The source of `${derived:NAME}` in serverless.yml. It checks all settings of the stage first. If one is wrong, it
 * lists every problem and ends the command.
 *
 * @param {Osls} serverless
 */
export function derivedSource(serverless) {
  requireNameAndValue(serverless.processedInput.options.param ?? [])
  /** @type {Promise<Record<string, unknown>> | undefined} */
  let derived
  return {
    /** @param {{ address: string, resolveVariable: (variable: string) => Promise<unknown> }} input */
    async resolve({ address, resolveVariable }) {
      derived ??= readSettings(serverless, resolveVariable)
      const value = address.split('.').reduce(memberOf, await derived)
      return { value: value ?? null }
    },
  }
}

/**
 * osls itself would repeat its message for each use of a setting.
 *
 * @param {string[]} params
 */
function requireNameAndValue(params) {
  const wrong = params.find((text) => !/^\w+=./s.test(text))
  if (wrong === undefined) return
  console.error(
    `--param: expected name=value with a value, got "${wrong}" (set an empty value in serverless.yml)`,
  )
  process.exit(1)
}

/**
 * @param {unknown} value
 * @param {string} name
 */
function memberOf(value, name) {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/**
 * @param {Osls} serverless
 * @param {(variable: string) => Promise<unknown>} resolveVariable
 */
async function readSettings({ configurationInput, processedInput }, resolveVariable) {
  const stage = String(await resolveVariable('sls:stage'))
  const { params } = configurationInput
  const given = (processedInput.options.param ?? []).map((text) => text.split('=', 1)[0] ?? '')
  const names = new Set([...Object.keys(params.default ?? {}), ...Object.keys(params[stage] ?? {}), ...given])
  /** @type {Record<string, unknown>} */
  const settings = {}
  for (const name of names) settings[name] = await resolveVariable(`param:${name}`)
  const problems = settingProblems(stage, settings)
  if (problems.length === 0) return derive(stage, settings)
  console.error(`The settings of the stage ${stage} are wrong (params in serverless.yml, or --param):`)
  for (const problem of problems) console.error(`  ${problem}`)
  process.exit(1)
}
