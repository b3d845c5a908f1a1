import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { processName } from '../../../dev/process-name.mjs'
import type { ShownImport } from '../../../lib/import/import-report-schema.ts'
import type { SearchAnswer } from '../../../lib/search/search-answer-schema.ts'
import { parquetOf } from '../../support/import-mixes.ts'
import { type RunningStack, root, run, temporaryFolder, useStack } from '../../support/stack.ts'
import { runInTerminal } from '../../support/terminal.ts'

const ESCAPE = '\u001b'
const SEARCH = ['dev/cli/search.ts', '--vector', '0.9,0.7,0.2']
const widest = (printed: string) => Math.max(...printed.split('\n').map((line) => stringWidth(line)))
const hasControls = (printed: string) => /[\p{Cc}\p{Bidi_Control}]/u.test(printed.replaceAll(/\r?\n/g, ''))

const stack = useStack()

describe('the commands', { timeout: 60_000 }, () => {
  const search = async (...args: string[]) => run(stack(), ['dev/cli/search.ts', ...args])
  const idsOf = async (...args: string[]) => {
    const { stdout } = await search(...args, '--json')
    const answer: SearchAnswer = JSON.parse(stdout)
    return answer.results.map(({ id }) => id)
  }
  const fileOf = async (name: string, content: string | Buffer) => {
    const file = join(stack().dataDir, name)
    await writeFile(file, content)
    return file
  }
  const importFiles = async (...args: string[]) => run(stack(), ['dev/cli/import.ts', ...args])

  it('search by a vector, a user, and several users that the answer is like and unlike', async () => {
    expect(await idsOf('--vector', 'ZmZmPzMzMz/NzEw+', '-k', '2')).toEqual(['1', '2'])
    expect(await idsOf('--vector', '-0.1,0.9,0.1', '-k', '1', '--exact')).toEqual(['3'])
    expect(await idsOf('--user', '1', '--filter', '{"labels":"road"}')).toEqual(['4'])
    expect(await idsOf('--like', '2,3', '--unlike', '4', '--exact', '-k', '1')).toEqual(['1'])
    const weighted = '[{"vector":[0.1,0.9,0.7],"weight":2},"4"]'
    expect(await idsOf('--like', weighted, '--like', '3', '-k', '1')).toEqual(['2'])
    expect(await idsOf('--vector', '0.9,0.7,0.2', '--max-distance', '0.01')).toEqual(['1'])
  })

  it('audience draws the curve, and writes the file with a count of all others', async () => {
    const audience = (...args: string[]) => run(stack(), ['dev/cli/audience.ts', ...args])
    const seeds = await fileOf('best.csv', 'id\n1\nnobody\n')
    const preview = await audience('--seeds', seeds, '--percent', '50', '--preview')
    expect(preview).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^4 customers match; [\s\S]*█ 0\.98/),
    })
    const out = join(stack().dataDir, 'audience.csv')
    const built = await audience('--seeds', seeds, '--users', '2', '--fields', 'labels', '--out', out)
    expect(built).toMatchObject({
      ...{ status: 0, stderr: '' },
      stdout: expect.stringMatching(
        /^COMPLETED: 2 customers in [\s\S]*4 matched: 1 seeds, [\s\S]*1 of 2 seeds used: 1 missing/,
      ),
    })
    expect(readFileSync(out, 'utf8')).toContain('\r\n2,1,0.9830498,1,"mountain, kids"\r\n3,2,')
    expect(await audience('--seeds', seeds, '--users', '2')).toMatchObject({ status: 2 })
    // A list of the same name in another folder is another list.
    await mkdir(join(stack().dataDir, 'bought'))
    const bought = await fileOf('bought/best.csv', 'id\n2\n')
    const rest = await audience('--seeds', seeds, '--users', '2', '--exclude', bought, '--out', out)
    expect(rest).toMatchObject({ status: 0, stdout: expect.stringContaining('1 seeds, 1 excluded') })
    const none = await audience('--like', 'nobody', '--users', '2', '--out', out)
    expect(none).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('FAILED: Expected a seed that is'),
    })
  })

  it('search prints a table, JSON or CSV', async () => {
    expect((await run(stack(), [...SEARCH, '-k', '2'])).stdout).toMatch(
      /│ 1 +│ 5\.96046448e-8 │ 1\.0000 [\s\S]*│ 2 +│ 0\.0339003205 [\s\S]*2 users in .*answer is complete\n$/,
    )
    expect(
      (await run(stack(), [...SEARCH, '-k', '1', '--csv', '--fields', 'labels', '--include-vector'])).stdout,
    ).toMatch(
      /^id,distance,similarity,labels,vector\n1,5\.96[\d]*e-8,0\.99\d*,"mountain, kids","\[0\.9[^"]*\]"\n$/,
    )
  })

  it('search says what the API refuses, in one line and with status 1', async () => {
    expect(await search('--vector', '1,2')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'POST /search: 400 VECTOR_DIMENSIONS: Expected 3 dimensions, got 2 at vector\n',
    })
  })

  it('import files of every kind, and say what became of each', async () => {
    const csv = await fileOf('more.csv', 'id,vector_embedding\nc1,"[0.2,0.1,0.9]"\nc2,"[0.1,0.2,0.9]"\n')
    const row = { id: 'p1', vector_embedding: [0.1, 0.1, 0.9].map(Math.fround) }
    const parquet = await fileOf(
      'more.parquet',
      parquetOf([row], { rowGroupSize: 1_000, pageSize: 1_000_000 }),
    )
    const imported = await importFiles(csv, parquet)
    const warnings = ['descr', 'labels'].map((name) => `  warning: No user in the file has the field ${name}`)
    expect(imported).toMatchObject({ status: 0, stderr: '' })
    expect(imported.stdout.split('\n')).toEqual([
      expect.stringMatching(/^imports\/more\.csv: COMPLETED, \d+\.\d s$/),
      '  read 2 = written 2 + unchanged 0 + deleted 0 + rejected 0; searchable 2',
      ...warnings,
      expect.stringMatching(/^imports\/more\.parquet: COMPLETED, \d+\.\d s$/),
      '  read 1 = written 1 + unchanged 0 + deleted 0 + rejected 0; searchable 1',
      ...warnings,
      '',
    ])
    expect(await idsOf('--vector', '0.1,0.1,0.9', '-k', '1')).toEqual(['p1'])

    const again = await importFiles('--csv', csv)
    expect(again).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(',imports/more.csv,COMPLETED,'),
    })
    expect((await importFiles(csv)).stdout).toMatch(
      /COMPLETED, imported as it is\s+since \S+\s+nothing was written now\n/,
    )
  })

  it('import says why records were rejected and where, and status 1', async () => {
    const lines = [
      '{"id":"7","vector_embedding":[0,0,0]}',
      '{"id":"8"}',
      '{"id":"9","vector_embedding":[0.1,0.2,0.9]}',
    ]
    const file = await fileOf('bad.ndjson', lines.join('\n'))
    const checked = await importFiles('--dry-run', file)
    expect(checked.status).toBe(1)
    expect(checked.stdout).toMatch(/^imports\/bad\.ndjson: dry run PARTIAL, .* s, nothing was written\n/)
    expect(checked.stdout).toContain('read 3 = would write 1 ')
    expect(await search('--user', '9')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('USER_NOT_FOUND'),
    })

    const imported = await importFiles(file)
    expect(imported.status).toBe(1)
    const expected = [
      /^imports\/bad\.ndjson: PARTIAL, /,
      / {2}the rejects are in reports\/bad\.ndjson\.\w+\.rejects\.ndjson\n/,
      / {2}VECTOR_ZERO: 1\n {4}line 1, id 7, vector_embedding: Expected /,
      / {2}VECTOR_FORMAT: 1\n {4}line 2, id 8, vector_embedding: Expected /,
    ]
    for (const part of expected) expect(imported.stdout).toMatch(part)
    expect(
      await importFiles('--on-error', 'abort', await fileOf('bad.ndjson', `${lines.join('\n')}\n`)),
    ).toMatchObject({ status: 1, stdout: expect.stringMatching(/^imports\/bad\.ndjson: ABORTED, /) })
    const reports: ShownImport[] = JSON.parse((await importFiles('--json', '--dry-run', file)).stdout)
    expect(reports).toMatchObject([{ state: 'PARTIAL', dryRun: true, read: 3, unchanged: 1, rejected: 2 }])

    expect(await importFiles(await fileOf('malformed.json', '"users"'))).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(
        /FAILED, [\s\S]*\n {2}FILE_MALFORMED: line 1: Expected a JSON array or object\n$/,
      ),
    })
  })

  it('import checks its options first, also for a file that is imported already', async () => {
    const file = await fileOf('known.ndjson', '{"id":"k","vector_embedding":[0.1,0.2,0.9]}')
    expect(await importFiles(file)).toMatchObject({ status: 0 })
    expect(await importFiles('--on-error', 'maybe', file)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining(`'maybe' is invalid. Expected continue, abort or max-errors=N\n`),
    })
  })

  it('show escape sequences that users hold, and obey none', async () => {
    const evil = '\u001b[31mRED\u001b[0m \u001b]0;title set by data\u0007 \u009b2J \u202e'
    const record = { id: 'esc', descr: evil, labels: 'esc', vector_embedding: [0.2, 0.1, 0.9] }
    const bad = { id: evil, vector_embedding: [0.1, 0.2, 0.9] }
    const file = await fileOf('\u001b[31mnew\n.ndjson', `${JSON.stringify(record)}\n${JSON.stringify(bad)}`)
    const filter = ['--filter', '{"labels":"esc"}']
    const inTerminal = (args: string[]) => runInTerminal(stack(), [process.execPath, ...args])

    const imported = await inTerminal(['dev/cli/import.ts', file])
    // What is left of the progress bar are sequences of ours: they hide and show the cursor, and clear its line.
    const ours = new RegExp(`${ESCAPE}\\[(\\?(25|7)[hl]|\\d*[A-K])`, 'g')
    expect(hasControls(imported.output.replaceAll(ours, ''))).toBe(false)
    expect(imported.output).toContain('imports/\\u001b[31mnew\\n.ndjson: PARTIAL')

    const outputs = await Promise.all([
      inTerminal([...SEARCH, ...filter]),
      inTerminal([...SEARCH, ...filter, '--json']),
      inTerminal([...SEARCH, ...filter, '--csv']),
      inTerminal(['dev/cli/imports.ts', 'list']),
      inTerminal(['dev/cli/search.ts', '--user', '1', '--filter', JSON.stringify({ [evil]: 1 })]),
      inTerminal(['dev/cli/import.ts', evil]),
    ])
    for (const { output } of outputs) {
      expect(output).toMatch(/\\u001b\[/)
      expect(hasControls(output)).toBe(false)
    }
    const answer: SearchAnswer = JSON.parse(outputs[1]?.output ?? '')
    expect(answer.results[0]?.fields.descr).toBe(evil)
    // A file is for programs: its cells are exact.
    expect((await run(stack(), [...SEARCH, ...filter, '--csv'])).stdout).toContain(evil)
  })

  it('keep within 80 columns, within COLUMNS, and write no colours', async () => {
    const printed = await Promise.all([
      run(stack(), SEARCH),
      run(stack(), ['dev/cli/imports.ts', 'list']),
      run(stack(), ['dev/cli/index.ts', 'status']),
    ])
    for (const { status, stdout } of printed) {
      expect(status).toBe(0)
      expect(widest(stdout), stdout).toBeLessThanOrEqual(80)
    }
    const narrow = await run(stack(), SEARCH, { COLUMNS: '60' })
    expect(widest(narrow.stdout)).toBeLessThanOrEqual(60)
    expect(narrow.stdout).toContain('…')
    const terminal = await runInTerminal(stack(), [process.execPath, ...SEARCH], {
      env: { FORCE_COLOR: '1' },
    })
    expect(widest(terminal.output.replaceAll('\r', ''))).toBeLessThanOrEqual(80)
    expect(terminal.output).not.toContain('\u001b')
  })

  it('end with a failing status where the output cannot be written', async () => {
    for (const args of [SEARCH, [...SEARCH, '--csv'], ['dev/cli/imports.ts', '--help']]) {
      expect(await writeTo(stack(), args, '>/dev/full')).toEqual({
        status: 1,
        stderr: expect.stringMatching(/^Expected to write to the standard output, got ENOSPC: [^\n]*\n$/),
      })
    }
    // The reader is gone before the first line, as with `| head -1` of a long answer.
    expect(await writeTo(stack(), SEARCH, 'closed')).toEqual({ status: 141, stderr: '' })
  })

  it('of the Serverless Framework run an event on the running stack', async () => {
    const invoke = ['node_modules/serverless/bin/serverless.js', 'invoke', 'local', '-f', 'search-users']
    const { status, stdout } = await run(stack(), [...invoke, '-p', 'events/search-users.by-vector.json'])
    expect(status).toBe(0)
    expect(JSON.parse(JSON.parse(stdout.slice(stdout.indexOf('{\n'))).body)).toMatchObject({
      results: [{ id: '1' }, { id: '2' }],
    })
  })

  it('import, at Ctrl-C, shows the cursor again and says how to follow and cancel what goes on', async () => {
    const lines = Array.from(
      { length: 200_000 },
      (_, i) => `{"id":"n${i}","vector_embedding":[0.01,${i / 1e7},1]}\n`,
    )
    const file = await fileOf('many.ndjson', lines.join(''))
    const { output, status } = await runInTerminal(stack(), ['npm', 'run', '-s', 'import', '--', file], {
      interruptAfter: ' users, ',
    })
    expect(status).toBe(130)
    expect(output.lastIndexOf('\u001b[?25h')).toBeGreaterThan(output.lastIndexOf('\u001b[?25l'))
    const hints =
      /many\.ndjson: the import goes on\r\n {2}follow it: (DATA_DIR=\S+ npm run imports -- follow (\w+))\r\n/
    const [, follow = '', id = ''] = hints.exec(output) ?? []
    expect(output).toContain(`  cancel it: ${follow.replace('follow', 'cancel')}\r\n`)

    const imports = (...args: string[]) => run(stack(), ['dev/cli/imports.ts', ...args])
    expect((await imports('list')).stdout).toMatch(/│ imports\/many\.ndjson +│ RUNNING [\d.]+ % /)
    expect(await imports('cancel', id)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(
        /^imports\/many\.ndjson: cancelled after \d+ users, stops at its next window\n$/,
      ),
    })
    expect(await run(stack(), ['-c', follow], {}, 'bash')).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^imports\/many\.ndjson: CANCELLED, /m),
    })
    expect(await imports('cancel', id)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('IMPORT_ENDED'),
    })
  })
})

describe('the page of the commands', { timeout: 120_000 }, () => {
  const page = readFileSync(join(root, 'docs/cli.md'), 'utf8')

  it('has examples that work, in their order', async () => {
    const [, block = ''] = /^```sh\n([\s\S]*?)^```/m.exec(page) ?? []
    const examples = block.trim().split('\n')
    expect(examples.length).toBeGreaterThan(5)
    for (const example of examples) {
      // As npm would: it takes longer to start than the command.
      const script = example.replace(/^npm run (?:-s )?(\w+) -- /, `${process.execPath} dev/cli/$1.ts `)
      expect(script).not.toBe(example)
      const { status, stdout, stderr } = await run(stack(), ['-c', script], {}, 'bash')
      expect(status, `${example}\n${stderr}`).toBe(0)
      expect(stdout, example).toMatch(/│ 1 |│ 3 |^id,|"id": |COMPLETED|ready|were looked at/)
    }
  })

  it('lists the options that each command has, and no others', async () => {
    for (const name of ['search', 'import', 'imports', 'index', 'acl']) {
      const helps = [[], ...(name === 'index' ? [['apply']] : [])].map((args) =>
        run(stack(), [`dev/cli/${name}.ts`, ...args, '--help']),
      )
      const printed = (await Promise.all(helps)).map(({ stdout }) => stdout).join('\n')
      expect(widest(printed), name).toBeLessThanOrEqual(80)
      const options = new Set(
        [...printed.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option),
      )
      const shared = [...(name === 'acl' ? [] : optionsOf('all but `acl`')), ...optionsOf('all')]
      const documented = [...optionsOf(`\`npm run ${name}\``), ...shared]
      // An index is no table.
      const expected = documented.filter((option) => !(name === 'index' && option === '--csv'))
      expect([...options].toSorted(), name).toEqual(expected.toSorted())
    }
  })

  /** The options in the rows under a heading of the table. */
  function optionsOf(heading: string): string[] {
    const rows = page
      .slice(page.indexOf(`| **${heading}**`))
      .split('\n')
      .slice(1)
    const end = rows.findIndex((row) => !row.startsWith('| `-'))
    return rows.slice(0, end).flatMap((row) => row.split('|')[1]?.match(/--[\w-]+/g) ?? [])
  }
})

describe('without a stack the commands', { timeout: 60_000 }, () => {
  it('refuse what they do not understand: status 2, the reason, and their usage', async () => {
    const nowhere = { dataDir: await temporaryFolder() }
    const cases: [string, string[], RegExp][] = [
      ['search', [], /^error: expected one of --vector, --user and --like\n/],
      ['search', ['--vectr', '1,2'], /^error: unknown option '--vectr'\n\(Did you mean --vector\?\)\n/],
      [
        'search',
        ['--vector', '1,x,2'],
        /^error: option '--vector <numbers>' is invalid\. .*: component 1 is not a number\n/,
      ],
      [
        'search',
        ['--user', '1', '--like', '2'],
        /^error: option '--user <id>' cannot be used with option '--like <ids>'\n/,
      ],
      [
        'search',
        ['--user', '1', '--json', '--csv'],
        /^error: option '--csv' cannot be used with option '--json'\n/,
      ],
      [
        'import',
        ['nowhere.ndjson'],
        /'nowhere\.ndjson' is invalid for argument 'file'\. It is not a file\.\n/,
      ],
      ['import', ['--dry_run', 'events/data/users.csv'], /'--dry_run'\n\(Did you mean --dry-run\?\)\n/],
      [
        'import',
        ['events/data/users.csv', 'events/data/../data/users.csv'],
        /two files are called 'users\.csv'/,
      ],
      ['imports', ['folow', 'x'], /^error: unknown command 'folow'\n\(Did you mean follow\?\)\n/],
      [
        'index',
        ['status', '--region', 'eu-central-1'],
        /^error: expected --stage with --region, got --region alone\n/,
      ],
      [
        'search',
        ['--user', '1', '--include-vector'],
        /^error: expected --json or --csv with --include-vector/,
      ],
      ['index', ['status', 'now'], /^error: too many arguments for 'status'\./],
      ['acl', ['--also', '{'], /^error: option '--also <json>' is invalid\. Expected JSON\n/],
    ]
    const check = async ([name, args, reason]: (typeof cases)[number]) => {
      const { status, stdout, stderr } = await run(nowhere, [`dev/cli/${name}.ts`, ...args])
      expect({ status, stdout }, stderr).toEqual({ status: 2, stdout: '' })
      expect(stderr).toMatch(reason)
      expect(stderr).toMatch(
        new RegExp(`\\nUsage: npm run ${name} -- .*\\nThe options: npm run ${name} -- .*--help\\n$`),
      )
    }
    for (const one of cases) await check(one)
  })

  it('refuse the options that npm took for its own', async () => {
    const nowhere = await temporaryFolder()
    const { status, output } = await runInTerminal({ dataDir: nowhere }, [
      'npm',
      'run',
      '-s',
      'import',
      '--dry-run',
      'events/data/users.ndjson',
    ])
    expect(status).toBe(2)
    expect(output).toContain('error: npm took --dry-run for an option of its own. Put -- before the options')
  })

  it('say in one line that no stack is running, with status 1', async () => {
    const nowhere = { dataDir: await temporaryFolder() }
    expect(await run(nowhere, ['dev/cli/search.ts', '--user', '1'])).toEqual({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^No local stack is running: start it with "npm start".*\n$/),
    })
    // Its process is there, and nothing answers at its address.
    const dead = 'http://127.0.0.1:1'
    const addresses = { runBy: processName(process.pid), apiUrl: dead, s3Url: dead, bucket: 'lookalike' }
    await writeFile(join(nowhere.dataDir, 'stack.json'), JSON.stringify(addresses))
    expect(await run(nowhere, ['dev/cli/import.ts', 'events/data/users.csv'])).toEqual({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^fetch failed: .*(ECONNREFUSED|bad port).*\n$/),
    })
  })
})

/** Runs a command whose output goes to a full device, or to a pipe that nothing reads. */
async function writeTo({ dataDir }: RunningStack, args: string[], where: '>/dev/full' | 'closed') {
  const redirect = where === 'closed' ? '' : where
  const child = spawn('sh', ['-c', `exec "$@" ${redirect}`, 'sh', process.execPath, ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: dataDir },
  })
  child.stdout.destroy()
  const stderr = text(child.stderr)
  await once(child, 'close')
  return { status: child.exitCode, stderr: await stderr }
}
