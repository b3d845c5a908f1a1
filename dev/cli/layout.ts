import stringWidth from 'string-width'

const STANDARD_WIDTH = 80
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** How many columns a line may take: those of the terminal, else COLUMNS, else 80. */
export function lineWidth(): number {
  // Asked for each time: this process has a session of its own, and hears of no change.
  const columns = process.stdout.isTTY ? process.stdout.getWindowSize()[0] : Number(process.env.COLUMNS)
  return Number.isInteger(columns) && columns > 0 ? columns : STANDARD_WIDTH
}

/** Text of at most `width` columns; `…` stands for what is left out. */
export function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  let kept = ''
  let used = 1 // of the ellipsis
  for (const { segment } of graphemes.segment(text)) {
    used += stringWidth(segment)
    if (used > width) break
    kept += segment
  }
  return `${kept}…`
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)))
}

/** Breaks a line between words where it is too long. A word that is longer than a line stays whole, to be copied. */
export function wrap(line: string, { width = lineWidth(), indent = '' } = {}): string {
  const lines: string[] = []
  let current = indent
  for (const word of line.split(' ')) {
    const longer = current === indent ? current + word : `${current} ${word}`
    if (current !== indent && stringWidth(longer) > width) {
      lines.push(current)
      current = `${indent}  ${word}`
    } else current = longer
  }
  return [...lines, current].join('\n')
}
