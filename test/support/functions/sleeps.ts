import { setTimeout as delay } from 'node:timers/promises'

/** Outlasts every timeout that a test declares. */
export async function handler() {
  await delay(60_000, undefined, { ref: false })
}
