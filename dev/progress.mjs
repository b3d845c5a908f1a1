// Plain JavaScript: dev/setup.mjs uses this file on a Node that cannot strip types.

/** Moves to the beginning of the line, and clears it. */
const CLEAR = '\r\x1b[K'

/**
 * Shows the progress of a long step. A terminal gets one line, which is rewritten; a log gets a line every ten
 * seconds. `work` receives a function that prints a line of its own.
 *
 * @template T
 * @param {string} title the step, such as `Installing 221 packages`
 * @param {() => string} howFar such as `123 of 221`
 * @param {(say: (line: string) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withProgress(title, howFar, work) {
  const startedAt = Date.now()
  const isTerminal = process.stderr.isTTY
  const show = () => {
    if (isTerminal) process.stderr.write(rewriteLine(`${title}: ${howFar()}`))
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
    console.error(isTerminal ? rewriteLine(`${title}: ${outcome}`) : `  ${outcome}`)
  }
}

/**
 * A text in place of the cursor's line. A longer text would take two lines, and only one would be rewritten.
 *
 * @param {string} text
 */
function rewriteLine(text) {
  return `${CLEAR}${text.slice(0, (process.stderr.columns || 80) - 1)}`
}
