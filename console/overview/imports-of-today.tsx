import { api } from '../api/client.ts'
import { useQuery } from '../api/use-query.ts'
import { shownState } from '../imports/import-words.ts'
import { formatRoute } from '../route/hash-route.ts'
import { ago, countOf } from '../text/numbers.ts'
import { Loaded } from '../ui/loaded.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { Stored } from '../ui/stored.tsx'

const POLL_MS = 10_000
const SHOWN = 8

/** The imports that began since midnight of the reader's day. */
export function ImportsOfToday() {
  const imports = useQuery('imports', (signal) => api.imports.list({ signal }), { repeatMs: () => POLL_MS })
  return (
    <Loaded query={imports}>
      {(all) => {
        const midnight = new Date().setHours(0, 0, 0, 0)
        const today = all.filter(({ startedAt }) => new Date(startedAt).getTime() >= midnight)
        if (today.length === 0)
          return (
            <p class="empty">
              No import today. <a href={formatRoute(['imports'])}>Import a file</a>
            </p>
          )
        return (
          <ul class="list">
            {today.slice(0, SHOWN).map(({ id, key, state, dryRun, read, written, rejected, startedAt }) => (
              <li key={id}>
                <a href={formatRoute(['imports', id])}>
                  <Stored value={key.slice(key.lastIndexOf('/') + 1)} />
                </a>
                <StateMark state={shownState({ state, dryRun })} />
                <span class="note">
                  {dryRun ? countOf(read, 'record') : `${countOf(written, 'customer')} written`}
                  {rejected > 0 && `, ${countOf(rejected, 'reject')}`}, {ago(startedAt)}
                </span>
              </li>
            ))}
            {today.length > SHOWN && (
              <li>
                <a href={formatRoute(['imports'])}>{countOf(today.length - SHOWN, 'more import')}</a>
              </li>
            )}
          </ul>
        )
      }}
    </Loaded>
  )
}
