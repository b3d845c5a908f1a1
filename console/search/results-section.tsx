import type { SearchAnswer } from '../../client/src/index.ts'
import { formatRoute } from '../route/hash-route.ts'
import { decimal } from '../text/numbers.ts'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Section } from '../ui/page.tsx'
import { SimilarityBar } from '../ui/similarity-bar.tsx'
import { Stored } from '../ui/stored.tsx'
import type { FieldInfo } from './filter-builder.ts'
import { howFound } from './how-found.ts'

type Result = SearchAnswer['results'][number]

interface ResultsProps {
  answer: SearchAnswer
  fields: readonly FieldInfo[]
  hasFilter: boolean
}

/** The answer as a table, and how it was found. */
export function ResultsSection({ answer, fields, hasFilter }: ResultsProps) {
  const { results, complete, warnings } = answer
  // A column that all rows leave empty says nothing.
  const filled = fields.filter(({ alias }) => results.some(({ fields }) => fields[alias] != null))
  const from = barsFrom(results)
  return (
    <Section heading="Most similar customers" note={howFound(answer, hasFilter).join(' ')}>
      {warnings.length > 0 && (
        <div class={`notice ${complete ? 'warn' : 'bad'}`} role="status">
          <p class="notice-title">{complete ? 'Know this of the answer' : 'The answer is not complete'}</p>
          <ul>
            {warnings.map((warning) => (
              <li key={warning}>
                <Stored value={warning} />
              </li>
            ))}
          </ul>
        </div>
      )}
      {results.length === 0 ? (
        <p class="empty">No customer was found. If there is a filter, loosen it.</p>
      ) : (
        <>
          <DataTable
            label="Results"
            columns={columnsOf(filled, from)}
            rows={results}
            keyOf={({ id }) => id}
          />
          {from > 0 && <p class="note">The bars begin at a similarity of {decimal(from, 3)}.</p>}
        </>
      )}
    </Section>
  )
}

function columnsOf(fields: readonly FieldInfo[], from: number): Column<Result>[] {
  return [
    { name: 'Rank', kind: 'number', cell: (_, i) => i + 1 },
    {
      name: 'Customer',
      isName: true,
      cell: ({ id }) => (
        <a href={formatRoute(['search'], { user: id })} title="Search from here">
          <Stored value={id} />
        </a>
      ),
    },
    {
      name: 'Similarity',
      kind: 'bar',
      cell: ({ similarity }) => <SimilarityBar {...{ similarity, from }} />,
    },
    ...fields.map(({ alias }) => ({
      name: alias,
      kind: 'text' as const,
      cell: ({ fields }: Result) => <Stored value={fields[alias]} />,
    })),
  ]
}

/** Similarities are often all near 1. Bars from 0 would then look the same. */
function barsFrom(results: readonly { similarity: number }[]): number {
  const least = Math.min(...results.map(({ similarity }) => similarity))
  const from = least - (1 - least) * 0.25
  return from < 0.5 || !Number.isFinite(from) ? 0 : Math.floor(from * 100) / 100
}
