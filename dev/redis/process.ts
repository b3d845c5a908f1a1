import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawnTied } from '../lifeline.mjs'
import { lastLines } from '../subprocess.ts'
import { whatToDo } from './find.ts'
import type { Launch } from './program.ts'

const patienceMs = 25_000

export type ServerProcess = ReturnType<typeof runServer>

/** Runs a redis-server whose output goes to the file `logFile`, written afresh. */
export function runServer(launch: Launch, logFile: string) {
  const output = openSync(logFile, 'w')
  const { child, cut } = spawnTied(launch.command, { stdio: ['ignore', output, output] }, launch.end)
  closeSync(output)
  let isGone = false
  const gone = new Promise<void>((resolve) => child.once('exit', resolve).once('error', resolve)).then(() => {
    isGone = true
  })
  const log = () => readFileSync(logFile, 'utf8')

  return {
    log,
    pid: () => launch.pid(child.pid ?? 0),

    /**
     * Resolves when Redis has loaded its data and listens. Its own log says so beyond doubt: an answer on the port
     * might come from another server that took it first.
     */
    async ready(): Promise<void> {
      const deadline = Date.now() + patienceMs
      while (!log().includes('Ready to accept connections')) {
        if (isGone) throw new Error(`Redis did not start (${lastLines(log())}): ${whatToDo}`)
        if (Date.now() > deadline)
          throw new Error(
            `Redis was not ready after ${patienceMs / 1000} s (${lastLines(log())}): ${whatToDo}`,
          )
        await sleep(20)
      }
    },

    async stop(): Promise<void> {
      child.kill('SIGTERM')
      await Promise.race([gone, sleep(5000, undefined, { ref: false })])
      cut()
      await gone
    },

    async kill(): Promise<void> {
      cut()
      await gone
    },
  }
}
