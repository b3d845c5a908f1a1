import type { Column, Row } from './row.ts'

/** One JSON object a line. An absent value is null. */
export async function* ndjsonFile(
  columns: readonly Column[],
  batches: AsyncIterable<readonly Row[]>,
): AsyncIterable<Buffer> {
  for await (const rows of batches) {
    const lines = rows.map((row) => {
      const members = columns.map(({ name }, i) => [name, row[i] ?? null] as const)
      return `${JSON.stringify(Object.fromEntries(members))}\n`
    })
    yield Buffer.from(lines.join(''))
  }
}
