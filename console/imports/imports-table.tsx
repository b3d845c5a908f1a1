import type { Import } from '../../client/src/index.ts'
import { api } from '../api/client.ts'
import { useQuery } from '../api/use-query.ts'
import { formatRoute } from '../route/hash-route.ts'
import { ago, count } from '../text/numbers.ts'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { Stored } from '../ui/stored.tsx'
import { fileName, shownState } from './import-words.ts'

const POLL_MS = 10_000
const BUSY_POLL_MS = 1_500

const COLUMNS: readonly Column<Import>[] = [
  {
    name: 'File',
    isName: true,
    cell: ({ id, key }) => (
      <a href={formatRoute(['imports', id])}>
        <Stored value={fileName(key)} />
      </a>
    ),
  },
  {
    name: 'State',
    kind: 'text',
    cell: ({ state, dryRun }) => <StateMark state={shownState({ state, dryRun })} />,
  },
  { name: 'Read', kind: 'number', cell: ({ read }) => count(read) },
  { name: 'Written', kind: 'number', cell: ({ written, dryRun }) => (dryRun ? '–' : count(written)) },
  { name: 'Rejected', kind: 'number', cell: ({ rejected }) => count(rejected) },
  { name: 'Begun', kind: 'text', cell: ({ startedAt }) => ago(startedAt) },
]

export function ImportsTable() {
  const imports = useQuery('imports', (signal) => api.imports.list({ signal }), {
    repeatMs: (all) => (all?.some(({ state }) => state === 'RUNNING') ? BUSY_POLL_MS : POLL_MS),
  })
  return (
    <Loaded query={imports} lines={6}>
      {(all) =>
        all.length === 0 ? (
          <p class="empty">No file has been imported yet.</p>
        ) : (
          <DataTable label="Newest imports" columns={COLUMNS} rows={all} keyOf={({ id }) => id} />
        )
      }
    </Loaded>
  )
}
