import Table from 'cli-table3'
import type { SearchAnswer } from '../../lib/search/search-answer-schema.ts'

/** A search's answer as a table, with what a reader must know to believe it. */
export function searchTable({ results, complete, warnings, index, tookMs }: SearchAnswer): string {
  const names = [...new Set(results.flatMap(({ fields }) => Object.keys(fields)))]
  const table = new Table({
    head: ['id', 'distance', 'similarity', ...names],
    style: { head: [], border: [] },
  })
  for (const { id, distance, similarity, fields } of results) {
    table.push([
      id,
      distance.toPrecision(9),
      similarity.toFixed(4),
      ...names.map((name) => cell(fields[name])),
    ])
  }
  const state = `${index.name} is ${index.state}, ${complete ? 'the answer is complete' : 'the answer is NOT complete'}`
  return [
    table.toString(),
    `${results.length} user${results.length === 1 ? '' : 's'} in ${tookMs} ms; ${state}`,
    ...warnings,
  ].join('\n')
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
