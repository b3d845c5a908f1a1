import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '../../client/src/index.ts'
import { escapeUnsafe } from '../../lib/lambda/visible.ts'
import type { ChangePlan } from '../../lib/provisioning/change-plan.ts'
import { newCommand, runCommand, STATUS } from './command.ts'
import { planText, progressText, statusText } from './index-text.ts'
import { catchInterruption } from './interruption.ts'
import { jsonOption, regionOption, stageOption, suggestion } from './options.ts'
import { print, printJson, tell } from './output.ts'
import { findTarget } from './target.ts'

const POLL_MS = 500

const goesOn = (options: Options) =>
  [
    'Stopped waiting. The change goes on with the next check, within 15 minutes',
    `  follow it:  ${suggestion('index -- apply', options)}`,
    `  give it up: ${suggestion('index -- rollback', options)}`,
  ].join('\n')

const command = newCommand('index')
  .description('Shows the index, and changes it to what its definition says (docs/index.md).')
  .addOption(jsonOption('the answer of the API, as JSON'))
  .addOption(stageOption())
  .addOption(regionOption())

type Options = ReturnType<typeof command.opts>

command
  .command('status')
  .description('what the index is, how far a change is, and what is kept to go back to')
  .action(async (_, status) => {
    const options = status.optsWithGlobals()
    const { api } = await findTarget(options)
    await show(await api.index.get(), statusText, options)
  })

command
  .command('plan')
  .description('what would change, how long it would take, how much memory; changes nothing')
  .action(async (_, plan) => {
    const options = plan.optsWithGlobals()
    const { api } = await findTarget(options)
    await showPlan(await api.index.plan(), options)
  })

command
  .command('apply')
  .description('builds the index beside the live one, proves it, then moves the name in one instant')
  .option('--force', 'although it was rolled back from, memory will not do, or users would be left out')
  .action(async (_, apply) => {
    const { force = false, ...options } = apply.optsWithGlobals()
    const { api } = await findTarget(options)
    await applyDefinition(api, force, options)
  })

command
  .command('rollback')
  .description('gives the name back to the version before, or gives up the change under way')
  .action(async (_, rollback) => {
    const options = rollback.optsWithGlobals()
    const { api } = await findTarget(options)
    await show(await api.index.rollBack(), statusText, options)
  })

command
  .command('quarantine')
  .description('which users were taken out of the index for an unusable vector')
  .action(async (_, quarantine) => {
    const options = quarantine.optsWithGlobals()
    const { api } = await findTarget(options)
    const text = ({ ids }: { ids: string[] }) =>
      ids.length === 0 ? 'No user is in quarantine' : ids.map(escapeUnsafe).join('\n')
    await show(await api.index.quarantine(), text, options)
  })

command
  .command('restore')
  .description('puts users back from quarantine, as they were')
  .argument('<id...>', 'as "quarantine" shows it')
  .action(async (ids, _, restore) => {
    const options = restore.optsWithGlobals()
    const { api } = await findTarget(options)
    const restored = await api.index.restore({ ids })
    const text = () => `Restored: ${restored.ids.map(escapeUnsafe).join(', ') || 'no user'}`
    await show(restored, text, options)
    if (restored.ids.length < ids.length) process.exitCode = STATUS.failed
  })

await runCommand(command)

async function show<T>(answer: T, toText: (answer: T) => string, { json }: Options): Promise<void> {
  await (json ? printJson(answer) : print(toText(answer)))
}

async function showPlan(plan: ChangePlan, options: Options): Promise<void> {
  await show(plan, planText, options)
  if (plan.refused !== null) process.exitCode = STATUS.failed
}

async function applyDefinition(api: Client, force: boolean, options: Options): Promise<void> {
  // With --json, the answer is the last status alone.
  const say = options.json ? async (text: string) => tell(text) : print
  const plan = await api.index.plan()
  await say(planText(plan))
  if (plan.refused !== null && !(force && plan.isForcible)) {
    process.exitCode = STATUS.failed
    return
  }
  const { signal, exitStatus } = catchInterruption()
  let last = ''
  while (!signal.aborted) {
    const status = await api.index.provision({ force })
    const { change, migration } = status
    if (change !== 'migrating' || migration === null) {
      await show(status, statusText, options)
      if (status.state !== 'drifted') return restartWaiting(api, say)
      process.exitCode = STATUS.failed
      return
    }
    if (migration.problem !== null) throw new Error(`Not changed: ${migration.problem}`)
    const text = progressText(migration)
    if (text !== last) await say(text)
    last = text
    await delay(POLL_MS, undefined, { signal }).catch(() => {})
  }
  tell(goesOn(options))
  process.exitCode = exitStatus()
}

/** The queue has given up some of them by now; the schedule would start them again within the hour. */
async function restartWaiting(api: Client, say: (text: string) => void | Promise<void>): Promise<void> {
  for (const { key, dryRun, onError, waiting } of await api.imports.list()) {
    if (waiting === null) continue
    const what = `the import of ${escapeUnsafe(key)}, which waited for the index`
    const problem = await api.imports.start({ key, dryRun, onError }).then(() => undefined, messageOf)
    // Its object may be gone by now. The others go on.
    await say(
      problem === undefined
        ? `started again: ${what}`
        : `not started again: ${what}: ${escapeUnsafe(problem)}`,
    )
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
