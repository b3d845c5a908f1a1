import type { Audience } from '../../client/src/index.ts'
import { api } from '../api/client.ts'
import { useQuery } from '../api/use-query.ts'
import { formatRoute } from '../route/hash-route.ts'
import { ago, count } from '../text/numbers.ts'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { Stored } from '../ui/stored.tsx'

const POLL_MS = 10_000
const BUSY_POLL_MS = 1_500

const COLUMNS: readonly Column<Audience>[] = [
  {
    name: 'Name',
    isName: true,
    cell: ({ id, name }) => (
      <a href={formatRoute(['audiences', id])}>
        <Stored value={name} />
      </a>
    ),
  },
  { name: 'State', kind: 'text', cell: ({ state }) => <StateMark state={state} /> },
  { name: 'Customers', kind: 'number', cell: ({ counts }) => count(counts.exported) },
  {
    name: 'Refreshed',
    kind: 'text',
    cell: ({ refreshEvery }) => (refreshEvery === null ? 'by hand' : `every ${refreshEvery}`),
  },
  { name: 'Ordered', kind: 'text', cell: ({ createdAt }) => ago(createdAt) },
]

export const isBuilding = ({ state }: Pick<Audience, 'state'>): boolean =>
  state === 'QUEUED' || state === 'RUNNING'

export function AudiencesTable() {
  const audiences = useQuery('audiences', (signal) => api.audiences.list({ signal }), {
    repeatMs: (all) => (all?.some(isBuilding) ? BUSY_POLL_MS : POLL_MS),
  })
  return (
    <Loaded query={audiences} lines={6}>
      {(all) =>
        all.length === 0 ? (
          <p class="empty">
            No audience yet. <a href={formatRoute(['audiences', 'new'])}>Make the first one</a>
          </p>
        ) : (
          <DataTable label="Newest audiences" columns={COLUMNS} rows={all} keyOf={({ id }) => id} />
        )
      }
    </Loaded>
  )
}
