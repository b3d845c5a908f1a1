import { api } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { useQuery } from '../api/use-query.ts'
import { countOf } from '../text/numbers.ts'
import { ConfirmedButton } from '../ui/confirmed-button.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Section } from '../ui/page.tsx'
import { Problem } from '../ui/problem.tsx'
import { Stored } from '../ui/stored.tsx'

/** Customers that the check took out of the index, because their vectors hide other customers. */
export function QuarantineSection() {
  const quarantine = useQuery('quarantine', (signal) => api.index.quarantine({ signal }))
  const restore = useAction(async (ids: string[]) => {
    await api.index.restore({ ids })
    quarantine.reload()
  })
  const columns: readonly Column<string>[] = [
    { name: 'Customer', isName: true, kind: 'text', cell: (id) => <Stored value={id} /> },
    {
      name: 'Put back',
      kind: 'text',
      cell: (id) => (
        <button type="button" class="quiet" disabled={restore.isBusy} onClick={() => void restore.run([id])}>
          Put back
        </button>
      ),
    },
  ]
  return (
    <Section
      heading="Quarantine"
      note="Customers with unusable vectors, which would hide others in a search. Import them again with a correct vector."
    >
      {restore.error !== undefined && <Problem error={restore.error} />}
      <Loaded query={quarantine}>
        {({ ids }) =>
          ids.length === 0 ? (
            <p class="empty">The quarantine is empty.</p>
          ) : (
            <>
              <DataTable label="Customers in quarantine" columns={columns} rows={ids} keyOf={(id) => id} />
              <div class="row">
                <ConfirmedButton
                  label="Put all back"
                  question={`Really put ${countOf(ids.length, 'customer')} back?`}
                  isBusy={restore.isBusy}
                  onConfirm={() => void restore.run(ids)}
                />
              </div>
            </>
          )
        }
      </Loaded>
    </Section>
  )
}
