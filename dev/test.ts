import { parseCLI, startVitest, type Vitest } from 'vitest/node'
import { findLeaks } from '../test/support/leaks.ts'
import { findRedis } from './redis/find.ts'

// `npm test [-- ARGUMENTS OF VITEST]`

forgetSettings()
const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)])
if (!isWithoutRedis([options.project ?? []].flat())) await provideRedis()
const leaks: string[] = []
const vitest = await startVitest(filter, {
  config: 'test/vitest.config.ts',
  onConsoleLog: inspectLog,
  ...options,
})
await vitest.close()
const { passed, failed, skipped } = countResults(vitest)
// With -t, the tests of other names count as skipped.
if (failed > 0 || (skipped > 0 && options.testNamePattern === undefined)) process.exitCode = 1
for (const leak of leaks) console.error(`A log line shows what no log may: ${leak}`)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)

function isWithoutRedis(projects: string[]): boolean {
  return projects.length > 0 && projects.every((name) => ['unit', 'setup'].includes(name))
}

/** Done here and not in the first test that needs it, because a download takes longer than a test may. */
async function provideRedis(): Promise<void> {
  for (const version of ['any', '8.2'] as const) {
    await findRedis(version).catch((error: Error) => {
      console.error(error.message)
      process.exit(1)
    })
  }
}

/** Tests write and kill, so they must not use the developer's Redis or AWS account. */
function forgetSettings() {
  const settings =
    /^(AWS_|REDIS_|IMPORT_|INDEX_|MAX_|REPORT_PREFIX$|QUARANTINE$|STAGE$|ERASURE_DAYS$|LOG_LEVEL$|PORT$|S3_PORT$|DATA_DIR$)/
  for (const name of Object.keys(process.env)) {
    if (settings.test(name)) delete process.env[name]
  }
}

/** Passwords, records and vectors of the tests' data. No handler may log them. */
function inspectLog(text: string): false | undefined {
  if (!/^\{\s*"level":/.test(text)) return undefined
  leaks.push(...findLeaks(text))
  // The person who runs the tests does not need the other lines.
  return false
}

/** A failed file or hook counts as a failure, too, because its tests have not run. */
function countResults({ state }: Vitest) {
  const modules = state.getTestModules()
  const states = modules.flatMap((module) =>
    [...module.children.allTests()].map((test) => test.result().state),
  )
  const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
  const errors = suites.flatMap((suite) => suite.errors()).length + state.getUnhandledErrors().length
  const count = (wanted: (typeof states)[number]) => states.filter((found) => found === wanted).length
  // A pending test was interrupted.
  return {
    passed: count('passed'),
    failed: count('failed') + count('pending') + errors + leaks.length,
    skipped: count('skipped'),
  }
}
