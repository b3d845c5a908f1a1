/**
 * Creates S3's sequencers: hexadecimal, of equal length, each greater than `last` and all earlier ones. They follow
 * the clock, so they also grow across a restart after the object with the last sequencer was deleted.
 */
export function sequencerAfter(last: string, now: () => number = Date.now): () => string {
  let latest = BigInt(`0x0${last}`)
  return () => {
    const clock = BigInt(now()) * 1_000_000n
    latest = clock > latest ? clock : latest + 1n
    return latest.toString(16).toUpperCase().padStart(18, '0')
  }
}
