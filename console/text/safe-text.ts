import { escapeUnsafe, UNSAFE } from '../../lib/lambda/visible.ts'

/** A piece of a text: plain, or an escape in place of a character that would hide or reorder the text. */
export interface TextPiece {
  text: string
  isEscape: boolean
}

/** Cuts a text into plain pieces and escapes such as `\u202e`. */
export function piecesOf(text: string): TextPiece[] {
  const pieces: TextPiece[] = []
  let end = 0
  for (const { 0: character, index } of text.matchAll(UNSAFE)) {
    if (index > end) pieces.push({ text: text.slice(end, index), isEscape: false })
    pieces.push({ text: escapeUnsafe(character), isEscape: true })
    end = index + character.length
  }
  if (end < text.length) pieces.push({ text: text.slice(end), isEscape: false })
  return pieces
}

/** The value of a field as a text: a list with commas, an object as JSON. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number')
    return new Intl.NumberFormat(undefined, { useGrouping: false, maximumFractionDigits: 20 }).format(value)
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object'))
    return value.map(String).join(', ')
  return JSON.stringify(value)
}
