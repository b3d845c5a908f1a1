// Plain JavaScript: dev/setup.mjs uses this on a Node that cannot strip types.

/** Goes to the begin of the line, and clears it. */
const CLEAR = '\r\x1b[K'

/**
 * Shows how far a long step is: a terminal gets one line that is rewritten, a log gets a line every ten seconds.
 * `work` gets a function that prints a line of its own.
 *
 * @template T
 * @param {string} title what is done, such as `Installing 221 packages`
 * @param {() => string} howFar such as `123 of 221`
 * @param {(say: (line: string) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withProgress(title, howFar, work) {
  const startedAt = Date.now()
  const isTerminal = process.stderr.isTTY
  const show = () => {
    if (isTerminal) process.stderr.write(rewritten(`${title}: ${howFar()}`))
    else console.error(`  ${howFar()}`)
  }
  if (!isTerminal) console.error(`${title}…`)
  const timer = setInterval(show, isTerminal ? 200 : 10_000)
  let outcome = 'failed'
  try {
    const result = await work((line) => console.error(`${isTerminal ? CLEAR : '  '}${line}`))
    outcome = `done in ${Math.round((Date.now() - startedAt) / 1000)} s`
    return result
  } finally {
    clearInterval(timer)
    console.error(isTerminal ? rewritten(`${title}: ${outcome}`) : `  ${outcome}`)
  }
}

/**
 * A text in place of the line that the cursor is in. A longer one would take two lines, of which only one is rewritten.
 * @param {string} text
 */
function rewritten(text) {
  return `${CLEAR}${text.slice(0, (process.stderr.columns || 80) - 1)}`
}
