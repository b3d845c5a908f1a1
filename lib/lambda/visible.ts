/**
 * Characters that a terminal obeys, hides or cannot show. They are control characters (escape sequences begin with
 * one), line and paragraph separators, bidirectional marks, lone surrogates and zero-width characters. Stored data
 * may contain them all (https://cwe.mitre.org/data/definitions/150.html). The joiners that emoji and some scripts
 * need are not among them.
 */
export const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u00ad\u200b\u2060-\u2064\ufeff]/gu
/** Nearly every text is printable ASCII. This finds that out in a tenth of the time. */
const PRINTABLE_ASCII = /^[ -~]*$/
const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** The text in one line. Unsafe characters are escaped as in JSON: `\u001b[31m`. */
export function escapeUnsafe(text: string): string {
  return PRINTABLE_ASCII.test(text) ? text : text.replace(UNSAFE, escapeOf)
}

/** The same, but keeps line breaks: for text that we have broken into lines, and for JSON, which stays valid. */
export function escapeUnsafeLines(text: string): string {
  return text.replace(UNSAFE, (character) => (character === '\n' ? character : escapeOf(character)))
}

/** Each of them is one UTF-16 unit. */
function escapeOf(character: string): string {
  return NAMED[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
