import { setTimeout as delay } from 'node:timers/promises'

/** Waits for longer than its timeout, and keeps the process alive meanwhile. */
export async function handler() {
  await delay(60_000)
}
