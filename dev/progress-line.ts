const LOG_EVERY_MS = 10_000

export interface ProgressLine {
  /** Shows a text in place of the last one. */
  tell(text: string): void
  /** Leaves the line to the next output. */
  clear(): void
}

interface Output {
  isTTY?: boolean
  write(text: string): unknown
}

/**
 * A terminal gets one line, which is rewritten. A log gets a line if the text has news, else one every ten seconds.
 */
export function progressLine(stream: Output = process.stderr): ProgressLine {
  let last = { news: '', at: 0 }
  let isShown = false

  function tell(text: string): void {
    if (stream.isTTY) {
      isShown = true
      stream.write(`\r\x1b[K${text}`)
      return
    }
    // `Redis is loading its data: 42 %` is no news after `…: 41 %`.
    const [news = ''] = text.split(':')
    if (news === last.news && performance.now() - last.at < LOG_EVERY_MS) return
    last = { news, at: performance.now() }
    stream.write(`${text}\n`)
  }

  function clear(): void {
    if (isShown) stream.write('\r\x1b[K')
    isShown = false
  }

  return { tell, clear }
}
