import { AppError } from '../errors.ts'

/** The JSON text for a word without quotes in a list; undefined when the word has no meaning there. */
type BareWord = (word: string) => string | undefined

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/
/** As Python, C and JavaScript write what is no finite number. */
const NOT_FINITE = /^[-+]?(?:nan|inf|infinity)$/i
const NULL = /^(?:None|null|NULL)$/
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', 0: '\0' }

/** Whether a cell may be meant as a list: it begins with a bracket, and ends with its counterpart. */
export function isBracketed(text: string): boolean {
  const cell = text.trim()
  return (cell.startsWith('[') && cell.endsWith(']')) || (cell.startsWith('{') && cell.endsWith('}'))
}

/**
 * A list of numbers as JSON text: JSON's, Python's or PostgreSQL's `{0.1,0.2}`. A NaN becomes null, which the check of
 * the record refuses with its place.
 */
export function numberList(text: string): string | undefined {
  return listText(text, (word) => {
    if (NULL.test(word) || NOT_FINITE.test(word)) return 'null'
    return JSON_NUMBER.test(word) ? word : undefined
  })
}

/**
 * A list of texts as JSON text: JSON's, pandas' and ClickHouse's `['kids', 'road']`, or PostgreSQL's `{kids,"a b"}`.
 *
 * @throws AppError FIELD_TYPE for other text in brackets, such as DuckDB's `[kids, road]`, which may be one text or two
 */
export function textList(text: string): string {
  const isBraces = text.trim().startsWith('{')
  const list = listText(text, (word) => {
    if (NULL.test(word)) return 'null'
    return isBraces && !/['[\](){}]/.test(word) ? JSON.stringify(word) : undefined
  })
  if (list !== undefined) return list
  const message =
    'Expected text without brackets, or a list such as ["kids","road"], got other text in brackets'
  throw new AppError('FIELD_TYPE', message)
}

function listText(text: string, bareWord: BareWord): string | undefined {
  const cell = text.trim()
  if (cell.startsWith('[') && isJson(cell)) return cell
  if (!isBracketed(cell)) return undefined
  const elements: string[] = []
  let at = skipBlanks(cell, 1)
  const end = cell.length - 1
  while (at < end) {
    const element = takeElement(cell, at, end, bareWord)
    if (element === undefined) return undefined
    elements.push(element.text)
    at = skipBlanks(cell, element.end)
    if (at === end) break
    if (cell[at] !== ',') return undefined
    at = skipBlanks(cell, at + 1)
    if (at === end) return undefined
  }
  return `[${elements.join(',')}]`
}

function takeElement(cell: string, at: number, end: number, bareWord: BareWord) {
  const quote = cell[at]
  // PostgreSQL has no single quotes: there they are a part of the word, or the cell is a Python set.
  if (quote === '"' || (quote === "'" && cell.startsWith('['))) return takeQuoted(cell, at + 1, quote)
  let to = at
  while (to < end && cell[to] !== ',') to++
  const word = cell.slice(at, to).trim()
  const text = word === '' || /["\\]/.test(word) ? undefined : bareWord(word)
  return text === undefined ? undefined : { text, end: to }
}

/** A text up to its quote; undefined for an escape that is not known, or without the quote. */
function takeQuoted(cell: string, from: number, quote: string) {
  let text = ''
  for (let at = from; at < cell.length; at++) {
    const character = cell[at] ?? ''
    if (character === quote) return { text: JSON.stringify(text), end: at + 1 }
    if (character !== '\\') text += character
    else {
      const next = cell[++at] ?? ''
      const code = /^(?:x[\da-f]{2}|u[\da-f]{4})/i.exec(cell.slice(at, at + 5))?.[0]
      if (code !== undefined) {
        text += String.fromCharCode(Number.parseInt(code.slice(1), 16))
        at += code.length - 1
      } else if (/[a-z0-9]/i.test(next)) {
        const escaped = ESCAPES[next]
        if (escaped === undefined) return undefined
        text += escaped
      } else text += next
    }
  }
  return undefined
}

function skipBlanks(text: string, from: number): number {
  let at = from
  while (/\s/.test(text.charAt(at))) at++
  return at
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
