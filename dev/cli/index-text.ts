import type { CheckResult } from '../../lib/index-state/check-schema.ts'
import type { Drift } from '../../lib/index-state/drift-schema.ts'
import type { IndexStatus, MigrationStatus } from '../../lib/index-state/index-status-schema.ts'
import { escapeUnsafe } from '../../lib/lambda/visible.ts'
import { type ChangePlan, megabytes } from '../../lib/provisioning/change-plan.ts'

/** The status of the index as lines, one fact each. */
export function statusText(status: Omit<IndexStatus, 'change'>): string {
  const { name, index, state, percentIndexed, documents, searchable, memory, drift } = status
  const { migration, previous, check } = status
  return [
    `${name}: ${state}, ${percentIndexed} %, ${documents} documents, ${searchable ?? 'not counted'} searchable, ${megabytes(memory)}`,
    ...(index === null ? [] : [`index: ${index}`]),
    ...drift.map((one) => `drift: ${changeText(one)}`),
    ...(migration === null ? [] : [progressText(migration)]),
    ...(previous === null ? [] : [`kept: ${previous.index}, replaced at ${previous.replacedAt}`]),
    ...(check === null ? [] : checkLines(check)),
  ].join('\n')
}

function checkLines({ at, problems, notices, sweep, lastSweep }: CheckResult): string[] {
  const { findings } = sweep !== null && sweep.notSearchable > 0 ? sweep : (lastSweep ?? { findings: [] })
  const named = findings.map(
    ({ id, code, quarantined }) => `    ${escapeUnsafe(id)}: ${code}${quarantined ? ', in quarantine' : ''}`,
  )
  return [
    `checked: ${at}`,
    ...problems.map((problem) => `  ${escapeUnsafe(problem)}`),
    ...notices.map((notice) => `  to know: ${escapeUnsafe(notice)}`),
    ...named,
  ]
}

export function progressText({ to, percentIndexed, documents, copy, problem }: MigrationStatus): string {
  const copied = copy === null ? '' : `, ${copy.copied} copied`
  const progress = `migrating: ${to}, ${percentIndexed} %, ${documents} documents${copied}`
  return problem === null ? progress : `${progress}; it waits: ${problem}`
}

export function planText(plan: ChangePlan): string {
  const { action, from, to, changes, documents, estimate, memory, refused, notes } = plan
  const what = {
    none: [`Nothing to change: ${from} is as defined`],
    create: [`Create ${to}`],
    migrate: [
      `Replace ${from} by ${to}`,
      // A drift leads from the definition to the index; a plan from the index to the definition.
      ...changes.map(
        ({ field, expected, actual }) => `  ${changeText({ field, expected: actual, actual: expected })}`,
      ),
      `${documents} documents, about ${estimate.seconds} s, about ${megabytes(estimate.bytes)} more memory`,
      `memory: ${megabytes(memory.used)} in use of ${megabytes(memory.limit)}`,
    ],
  }
  return [...what[action], ...notes, ...(refused === null ? [] : [`Refused: ${refused}`])].join('\n')
}

function changeText({ field, expected, actual }: Drift): string {
  return `${field}: ${valueText(expected)} → ${valueText(actual)}`
}

function valueText(value: Drift['expected']): string {
  return value === null ? 'none' : JSON.stringify(value)
}
