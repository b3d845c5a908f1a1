import papaparse from 'papaparse'
import { escapeUnsafeLines } from '../../lib/lambda/visible.ts'

/** What was to be printed could not be written: a full disk, or a reader that has gone. */
export class OutputError extends Error {
  override readonly name = 'OutputError'
  readonly code: string | undefined

  constructor(cause: NodeJS.ErrnoException) {
    super(`Expected to write to the standard output, got ${cause.message}`, { cause })
    this.code = cause.code
  }
}

// Each write reports its own failure. Without a listener, the stream's event would end the process with a stack trace.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

/**
 * Prints lines. Whatever they hold, no control character of it reaches the terminal.
 *
 * @throws OutputError where console.log would end with success (https://github.com/nodejs/node/issues/43271)
 */
export async function print(text: string): Promise<void> {
  await write(`${escapeUnsafeLines(text)}\n`)
}

/** JSON of which every value is exact: what a terminal would obey is escaped, as JSON allows. */
export async function printJson(value: unknown): Promise<void> {
  await print(JSON.stringify(value, null, 2))
}

/** CSV with a header. In a file or a pipe the cells are exact; on a terminal they are visible. */
export async function printCsv(
  fields: readonly string[],
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  const data = rows.map((cells) => cells.map(csvCell))
  const text = papaparse.unparse({ fields: [...fields], data }, { newline: '\n' })
  await write(`${process.stdout.isTTY ? escapeUnsafeLines(text) : text}\n`)
}

/** Prints lines that are no part of the answer, on the standard error output. */
export function tell(text: string): void {
  process.stderr.write(`${escapeUnsafeLines(text)}\n`)
}

function csvCell(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}

function write(text: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  process.stdout.write(text, (error) => (error ? reject(new OutputError(error)) : resolve()))
  return promise
}
