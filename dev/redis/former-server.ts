import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning, processName } from '../process-name.mjs'

const MAX_WAIT_MS = 60_000
const POLL_MS = 50

/** Records which process serves a data folder, for the next start with that folder. */
export function nameServer(dir: string, pid: number): void {
  writeFileSync(fileIn(dir), processName(pid) ?? '')
}

/**
 * Resolves when the Redis that last served a data folder has ended. If its start was killed, Redis is killed, too. A
 * Redis with gigabytes of users needs seconds to free its memory, and holds its files and its port until then.
 *
 * @throws Error if it does not end within a minute
 */
export async function waitForFormerServer(
  dir: string,
  {
    tell = () => {},
    signal,
  }: { tell?: ((text: string) => void) | undefined; signal?: AbortSignal | undefined },
): Promise<void> {
  const name = nameIn(dir)
  const pid = Number.parseInt(name, 10)
  const deadline = Date.now() + MAX_WAIT_MS
  while (isRunning(name)) {
    tell(`Waiting for the Redis of the last start to end (process ${pid})`)
    signal?.throwIfAborted()
    if (Date.now() > deadline)
      throw new Error(
        `Expected the Redis of the last start to end, but process ${pid} still runs on ${dir}: end it with "kill ${pid}"`,
      )
    await sleep(POLL_MS)
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
