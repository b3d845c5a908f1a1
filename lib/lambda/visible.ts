/**
 * What a terminal obeys, hides or cannot show: control characters (escape sequences begin with one), line and paragraph
 * separators, marks that reorder a line, lone surrogates, and characters without a width. Stored data may hold all of
 * them (https://cwe.mitre.org/data/definitions/150.html). The joiners that emoji and some scripts need are left alone.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u00ad\u200b\u2060-\u2064\ufeff]/gu
const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Text in one line, with every character that a terminal would not show as JSON writes it: `\u001b[31m`. */
export function visible(text: string): string {
  return text.replace(UNSAFE, escapeOf)
}

/** The same, but for line breaks: text that we have broken into lines ourselves, or JSON, of which it stays JSON. */
export function visibleLines(text: string): string {
  return text.replace(UNSAFE, (character) => (character === '\n' ? character : escapeOf(character)))
}

/** All of them are one UTF-16 unit. */
function escapeOf(character: string): string {
  return NAMED[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
