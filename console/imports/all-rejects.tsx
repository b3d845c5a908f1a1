import { fileUrl, readRecords } from '../api/files.ts'
import { useQuery } from '../api/use-query.ts'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Stored } from '../ui/stored.tsx'
import { placeOf } from './import-words.ts'

interface Reject {
  line?: number
  byteOffset?: number
  row?: number
  id: string | null
  code: string
  path: string
  message: string
}

const MOST = 200_000

const COLUMNS: readonly Column<Reject>[] = [
  { name: 'Place', kind: 'short', isName: true, cell: placeOf },
  { name: 'Customer', kind: 'text', cell: ({ id }) => <Stored value={id} /> },
  { name: 'Code', kind: 'text', cell: ({ code }) => <code>{code}</code> },
  { name: 'Field', kind: 'text', cell: ({ path }) => <Stored value={path} /> },
  { name: 'Reason', kind: 'long', cell: ({ message }) => <Stored value={message} /> },
]

/** Every line of the rejects' file. */
export function AllRejects({ id }: { id: string }) {
  const rejects = useQuery(
    id,
    async (signal) => (await readRecords(fileUrl('imports', id, 'rejects'), MOST, signal)) as Reject[],
  )
  return (
    <Loaded query={rejects} lines={8}>
      {(rows) => <DataTable label="All rejects" columns={COLUMNS} rows={rows} keyOf={(_, i) => i} />}
    </Loaded>
  )
}
