import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Client } from '../../lib/api/client.ts'
import type { ChangePlan } from '../../lib/provisioning/change-plan.ts'
import { runCommand } from './command.ts'
import { planText, progressText, statusText } from './index-text.ts'
import { findTarget, targetOptions } from './target.ts'

const USAGE =
  'Usage: npm run index -- status | plan | apply [--force] | rollback | quarantine | restore ID… [--stage NAME] [--region NAME]'
const HELP = `${USAGE}

  status    what the index is, how far a change is, and what is kept to go back to
  plan      what would change, how long it would take, and how much memory; changes nothing
  apply     changes the index to what its definition says: built beside, proved, then renamed in one instant
  rollback  gives the name back to the version before, or gives up the change that is under way
  quarantine  who was taken out of the index for an unusable vector
  restore   puts them back, as they were
  --force   apply although it was rolled back from, memory will not do, or documents would be left out
  --stage   a deployed stage, not the local stack
  --region  of that stage (AWS_REGION)`

const POLL_MS = 500

interface Options {
  force: boolean
  ids: string[]
}

const commands: Record<string, (api: Client, options: Options) => Promise<unknown>> = {
  status,
  plan,
  apply,
  rollback,
  quarantine,
  restore,
}

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    options: { ...targetOptions, force: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  })
  if (values.help) return console.log(HELP)
  const [name = '', ...ids] = positionals
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined || ids.length > 0 !== (name === 'restore')) throw new Error(USAGE)
  const { api } = await findTarget(values)
  await command(api, { force: values.force ?? false, ids })
})

async function status(api: Client): Promise<void> {
  console.log(statusText(await api.index.get()))
}

async function plan(api: Client): Promise<ChangePlan> {
  const planned = await api.index.plan()
  console.log(planText(planned))
  if (planned.refused !== null) process.exitCode = 1
  return planned
}

async function apply(api: Client, { force }: Options): Promise<void> {
  const { refused, isForcible } = await plan(api)
  if (refused !== null && !(force && isForcible)) return
  process.exitCode = 0
  let told = ''
  for (;;) {
    const result = await api.index.provision({ force })
    const { change, migration } = result
    if (change !== 'migrating' || migration === null) {
      console.log(statusText(result))
      if (result.state !== 'drifted') return restartWaiting(api)
      process.exitCode = 1
      return
    }
    if (migration.problem !== null) throw new Error(`Not changed: ${migration.problem}`)
    const text = progressText(migration)
    if (text !== told) console.log(text)
    told = text
    await delay(POLL_MS)
  }
}

/** The queue has given up some of them by now; the schedule would start them again within the hour. */
async function restartWaiting(api: Client): Promise<void> {
  for (const { key, dryRun, onError, waiting } of await api.imports.list()) {
    if (waiting === null) continue
    await api.imports.start({ key, dryRun, onError })
    console.log(`started again: the import of ${key}, which waited for the index`)
  }
}

async function rollback(api: Client): Promise<void> {
  console.log(statusText(await api.index.rollBack()))
}

async function quarantine(api: Client): Promise<void> {
  const { ids } = await api.index.quarantine()
  console.log(ids.length === 0 ? 'Nobody is in quarantine' : ids.join('\n'))
}

async function restore(api: Client, { ids }: Options): Promise<void> {
  const restored = await api.index.restore({ ids })
  console.log(`Restored: ${restored.ids.join(', ') || 'nobody'}`)
  if (restored.ids.length < ids.length) process.exitCode = 1
}
