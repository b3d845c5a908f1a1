import { describe, expect, it } from 'vitest'
import { type FollowedImport, outcomeText } from '../../../dev/cli/import-text.ts'
import { rejectsText } from '../../../dev/cli/rejects.ts'
import { swallowedByNpm } from '../../../dev/cli/swallowed-by-npm.ts'
import { newReport } from '../../../lib/import/import-report.ts'

function outcome(changes: Partial<FollowedImport>): FollowedImport {
  const report = newReport(
    'lookalike',
    { bucket: 'lookalike', key: 'imports/users.ndjson' },
    { dryRun: changes.dryRun ?? false, onError: 'continue' },
    'a hash',
  )
  const times = { startedAt: '2026-11-28T04:00:00.000Z', finishedAt: '2026-11-28T04:00:01.500Z' }
  const shown = { ...report, ...times, duplicateAt: null, percent: 100, recordsPerSecond: 0 }
  return { ...shown, isDuplicate: false, state: 'COMPLETED', read: 3, written: 2, rejected: 1, ...changes }
}

describe('what became of a file', () => {
  it('is its state, its counts, and what is wrong with it, in 80 columns', () => {
    const problem = {
      code: 'FILE_TRUNCATED',
      message: 'Expected a line break, got the end',
      line: 3,
    } as const
    expect(outcomeText(outcome({ state: 'PARTIAL', searchable: 2, problem }), 80).split('\n')).toEqual([
      'imports/users.ndjson: PARTIAL, 1.5 s',
      '  read 3 = written 2 + unchanged 0 + deleted 0 + rejected 1; searchable 2',
      '  FILE_TRUNCATED: line 3: Expected a line break, got the end',
    ])
    const million = { read: 3_000_000, written: 1_000_000, unchanged: 1_000_000, deleted: 1_000_000 }
    for (const line of outcomeText(outcome(million), 80).split('\n')) expect(line.length).toBeLessThan(81)
  })

  it('has its warnings, a line each', () => {
    const warnings = ['No user in the file has the field labels', 'The file has the member "\u001b"']
    expect(outcomeText(outcome({ warnings }), 80).split('\n').slice(2)).toEqual([
      '  warning: No user in the file has the field labels',
      '  warning: The file has the member "\\u001b"',
    ])
  })

  it('says of a dry run that it is one, and that nothing was written', () => {
    expect(outcomeText(outcome({ dryRun: true }), 80)).toBe(
      [
        'imports/users.ndjson: dry run COMPLETED, 1.5 s, nothing was written',
        '  read 3 = would write 2 + unchanged 0 + would delete 0 + rejected 1',
      ].join('\n'),
    )
  })

  it('shows no control character of the name of a file', () => {
    expect(outcomeText(outcome({ key: 'imports/\u001b[2J\n.json' }), 80)).toMatch(
      /^imports\/\\u001b\[2J\\n\.json: COMPLETED/,
    )
  })
})

describe('the rejects of an import', () => {
  const zero = { code: 'VECTOR_ZERO', path: 'vector_embedding', message: 'Expected a length, got all zeros' }
  const rejects = [
    { line: 2, id: null, code: 'RECORD_NOT_JSON', path: null, message: 'Expected JSON' },
    ...[3, 4, 5, 6, 7].map((line) => ({ line, id: `${line}\u001b`, ...zero })),
  ]

  it('are grouped by code, with place and reason, the most frequent code first', () => {
    const place = (line: number) => `    line ${line}, id ${line}\\u001b, vector_embedding: ${zero.message}`
    expect(rejectsText(rejects, 6, 120).split('\n')).toEqual([
      '  VECTOR_ZERO: 5',
      ...[3, 4, 5].map(place),
      '    and 2 more',
      '  RECORD_NOT_JSON: 1',
      '    line 2: Expected JSON',
    ])
  })

  it('says how many were read where the file has more', () => {
    expect(rejectsText(rejects, 1_000, 120)).toContain('VECTOR_ZERO: 5 of the first 6\n')
    expect(rejectsText([{ ...zero, row: 9, id: '1' }], 1, 120)).toContain('    row 9, id 1, ')
  })
})

describe('an option that npm took for its own', () => {
  const options = ['--dry-run', '--vector', '--max-distance']
  const npm = { npm_lifecycle_event: 'import' }

  it.each([
    [{ npm_config_dry_run: 'true' }, ['users.ndjson'], '--dry-run'],
    [{ npm_config_max_distance: '0.2' }, [], '--max-distance'],
    [{ npm_config_vector: 'true' }, ['--vector', '1,2'], undefined],
    [{ npm_config_vector: 'true' }, ['--vector=1,2'], undefined],
    [{ npm_config_dry_run: '' }, [], undefined],
    [{ npm_config_dry_run: 'false' }, [], undefined],
    [{ npm_config_other: 'true' }, [], undefined],
  ])('with %j and %j is %s', (variables, args, option) => {
    expect(swallowedByNpm(options, { env: { ...npm, ...variables }, args })).toBe(option)
  })

  it('is none where npm did not start the command', () => {
    expect(swallowedByNpm(options, { env: { npm_config_dry_run: 'true' }, args: [] })).toBeUndefined()
  })
})
