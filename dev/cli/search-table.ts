import { escapeUnsafe } from '../../lib/lambda/visible.ts'
import type { SearchAnswer } from '../../lib/search/search-answer-schema.ts'
import { lineWidth, wrap } from './layout.ts'
import { table } from './table.ts'

/** The aliases of the fields that any of the results has. */
export function fieldsOf({ results }: SearchAnswer): string[] {
  return [...new Set(results.flatMap(({ fields }) => Object.keys(fields)))]
}

/** A search's answer as a table, with what a reader must know to believe it. */
export function searchTable(answer: SearchAnswer, width = lineWidth()): string {
  const { results, complete, warnings, index, tookMs } = answer
  const names = fieldsOf(answer)
  const columns = [
    { head: 'id', isText: true },
    { head: 'distance' },
    { head: 'similarity' },
    ...names.map((head) => ({ head, isText: true })),
  ]
  const rows = results.map(({ id, distance, similarity, fields }) => [
    id,
    distance.toPrecision(9),
    similarity.toFixed(4),
    ...names.map((name) => cell(fields[name])),
  ])
  const state = `${index.name} is ${index.state}, ${complete ? 'the answer is complete' : 'the answer is NOT complete'}`
  const notes = [
    `${results.length} user${results.length === 1 ? '' : 's'} in ${tookMs} ms; ${state}`,
    ...warnings,
  ]
  const found = results.length === 0 ? [] : [table(columns, rows, width)]
  return [...found, ...notes.map((note) => wrap(escapeUnsafe(note), { width }))].join('\n')
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
