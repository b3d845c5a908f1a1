import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning, processName } from '../process-name.mjs'

const PATIENCE_MS = 60_000
const LOOK_EVERY_MS = 50

/** Notes which process serves a data folder, for the next start there. */
export function nameServer(dir: string, pid: number): void {
  writeFileSync(fileIn(dir), processName(pid) ?? '')
}

/**
 * Resolves when the Redis that last served a data folder has ended. When its start was killed, Redis is killed too; one
 * with gigabytes of users needs seconds to give its memory back, and has its files and its port until then.
 *
 * @throws Error when it does not end within a minute
 */
export async function formerServerEnded(
  dir: string,
  {
    tell = () => {},
    signal,
  }: { tell?: ((text: string) => void) | undefined; signal?: AbortSignal | undefined },
): Promise<void> {
  const name = nameIn(dir)
  const pid = Number.parseInt(name, 10)
  const deadline = Date.now() + PATIENCE_MS
  while (isRunning(name)) {
    tell(`Waiting for the Redis of the last start to end (process ${pid})`)
    signal?.throwIfAborted()
    if (Date.now() > deadline)
      throw new Error(
        `Expected the Redis of the last start to end, and process ${pid} still runs on ${dir}: end it with "kill ${pid}"`,
      )
    await sleep(LOOK_EVERY_MS)
  }
}

function nameIn(dir: string): string {
  try {
    return readFileSync(fileIn(dir), 'utf8')
  } catch {
    return ''
  }
}

function fileIn(dir: string): string {
  return join(dir, 'redis.process')
}
