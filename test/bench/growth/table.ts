import type { measureSize } from './measure-size.ts'

type Size = Awaited<ReturnType<typeof measureSize>>

/** The tables of docs/scale.md, in Markdown: a column for each size. */
export function tableOf(sizes: readonly Size[]): string {
  const column = ({ users, storage, type }: Size) => `${users.toLocaleString('en')}, ${storage}, ${type}`
  const rows: [string, (size: Size) => string | undefined][] = [
    [
      'import, users a second',
      ({ users, importSeconds }) => Math.round(users / importSeconds).toLocaleString('en'),
    ],
    ['the same against `redis-cli --pipe`', ({ rate }) => (rate === undefined ? '' : `${rate.toFixed(2)} ×`)],
    ["memory of the importer's process, MB", ({ importerMemory }) => String(importerMemory)],
    [
      'memory of Redis a user, bytes (resident)',
      ({ bytesPerUser, residentPerUser }) => `${Math.round(bytesPerUser)} (${Math.round(residentPerUser)})`,
    ],
    ...(sizes[0]?.searches ?? []).map(({ kind, k }, i): [string, (size: Size) => string] => [
      `${kind}, k ${k}: recall; least EF_RUNTIME; p50 and p99 (eight at once), ms; × the least; brute force, ms`,
      ({ searches }) => searchCell(searches[i]),
    ]),
    [
      'restart until it answers; until the index is whole, s',
      ({ rebuild }) =>
        rebuild && `${rebuild.restart.answers.toFixed(1)}; ${rebuild.restart.whole.toFixed(1)}`,
    ],
    ['measurement of recall, s', ({ upkeep }) => upkeep.measure.toFixed(1)],
    ['check without users, s', ({ upkeep }) => upkeep.check.toFixed(1)],
    [
      'look at all users: at full speed, s; as scheduled, checks',
      ({ upkeep }) => `${upkeep.sweep.toFixed(1)}; ${upkeep.checksForSweep}`,
    ],
    [
      'migration to another M, s; memory meanwhile',
      ({ rebuild }) =>
        rebuild && `${rebuild.migration.seconds.toFixed(1)}; ${rebuild.migration.moreMemory.toFixed(2)} ×`,
    ],
  ]
  return [
    `| | ${sizes.map(column).join(' | ')} |`,
    `|---|${sizes.map(() => '---|').join('')}`,
    ...rows.map(([name, cell]) => `| ${name} | ${sizes.map((size) => cell(size) ?? '').join(' | ')} |`),
  ].join('\n')
}

function searchCell(figures: Size['searches'][number] | undefined): string {
  if (figures === undefined) return ''
  const { recall, leastEf, alone, eightAtOnce, ratio } = figures
  const times = ({ p50, p99 }: { p50: number; p99: number }) => `${p50.toFixed(2)}, ${p99.toFixed(2)}`
  const product = `${times(alone.product)} (${times(eightAtOnce.product)})`
  return [
    recall.toFixed(3),
    leastEf ?? 'none',
    product,
    `${ratio.toFixed(2)} ×`,
    alone.exact.p50.toFixed(2),
  ].join('; ')
}
