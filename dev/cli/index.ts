import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { IndexStatus, ProvisionResult } from '../../lib/index/index-status-schema.ts'
import type { ChangePlan } from '../../lib/versions/change-plan.ts'
import type { Api } from './api.ts'
import { runCommand } from './command.ts'
import { planText, progressText, statusText } from './index-text.ts'
import { findTarget, targetOptions } from './target.ts'

const USAGE =
  'Usage: npm run index -- status | plan | apply [--force] | rollback [--stage NAME] [--region NAME]'
const HELP = `${USAGE}

  status    what the index is, how far a change is, and what is kept to go back to
  plan      what would change, how long it would take, and how much memory; changes nothing
  apply     changes the index to what its definition says: built beside, proved, then renamed in one instant
  rollback  gives the name back to the version before, or gives up the change that is under way
  --force   apply although it was rolled back from, memory will not do, or documents would be left out
  --stage   a deployed stage, not the local stack
  --region  of that stage (AWS_REGION)`

const POLL_MS = 500

const commands: Record<string, (api: Api, options: { force: boolean }) => Promise<unknown>> = {
  status,
  plan,
  apply,
  rollback,
}

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    options: { ...targetOptions, force: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  })
  if (values.help) return console.log(HELP)
  const [name = '', ...others] = positionals
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined || others.length > 0) throw new Error(USAGE)
  const { api } = await findTarget(values)
  await command(api, { force: values.force ?? false })
})

async function status(api: Api): Promise<void> {
  console.log(statusText((await api.get('/index')) as IndexStatus))
}

async function plan(api: Api): Promise<ChangePlan> {
  const planned = (await api.get('/index/plan')) as ChangePlan
  console.log(planText(planned))
  if (planned.refused !== null) process.exitCode = 1
  return planned
}

async function apply(api: Api, { force }: { force: boolean }): Promise<void> {
  const { refused } = await plan(api)
  if (refused !== null && !force) return
  process.exitCode = 0
  let told = ''
  for (;;) {
    const result = (await api.put('/index', { force })) as ProvisionResult
    const { change, migration } = result
    if (change !== 'migrating' || migration === null) {
      if (result.state === 'drifted') process.exitCode = 1
      return console.log(statusText(result))
    }
    if (migration.problem !== null) throw new Error(`Not changed: ${migration.problem}`)
    const text = progressText(migration)
    if (text !== told) console.log(text)
    told = text
    await delay(POLL_MS)
  }
}

async function rollback(api: Api): Promise<void> {
  console.log(statusText((await api.post('/index/rollback', undefined)) as IndexStatus))
}
