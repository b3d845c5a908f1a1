import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawnTied } from '../lifeline.mjs'
import { lastLines } from '../subprocess.ts'
import type { Launch } from './program.ts'

export type ServerProcess = ReturnType<typeof runServer>

const LOOK_EVERY_MS = 20

/** Redis ended before it was ready. The message contains the end of its log. */
export class RedisEnded extends Error {}

/** Runs a redis-server. Empties the file `logFile` and writes its output there. */
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
    commandPid: child.pid ?? 0,
    pid: () => launch.pid(child.pid ?? 0),

    /**
     * Resolves when Redis has loaded its data and listens, without a time limit; rejects if it ends. It reads the
     * log, because an answer on the port might come from another server that took the port first.
     */
    async ready(signal?: AbortSignal): Promise<void> {
      for (let text = log(); !text.includes('Ready to accept connections'); text = log()) {
        if (isGone) throw new RedisEnded(`Redis did not start (${lastLines(text)})`)
        signal?.throwIfAborted()
        await sleep(LOOK_EVERY_MS)
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
