import { setTimeout as delay } from 'node:timers/promises'

/** Takes 20 MB more every few milliseconds, as none of ours may. */
export async function handler() {
  const taken: Buffer[] = []
  while (taken.length < 100) {
    taken.push(Buffer.alloc(20 * 1024 * 1024, 1))
    await delay(5)
  }
  return taken.length
}
