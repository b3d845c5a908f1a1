/**
 * Hands out S3's sequencers: hexadecimal, all of one length, each greater than `last` and every one before.
 * They follow the clock, so that they also grow across a restart whose last sequencer went with a deleted object.
 */
export function sequencerAfter(last: string, now: () => number = Date.now): () => string {
  let latest = BigInt(`0x0${last}`)
  return () => {
    const clock = BigInt(now()) * 1_000_000n
    latest = clock > latest ? clock : latest + 1n
    return latest.toString(16).toUpperCase().padStart(18, '0')
  }
}
