import { api } from '../api/client.ts'
import { useQuery } from '../api/use-query.ts'
import { outcomeOf, shownState } from '../imports/import-words.ts'
import { formatRoute } from '../route/hash-route.ts'
import { ago, countOf } from '../text/numbers.ts'
import { Loaded } from '../ui/loaded.tsx'
import { StateMark } from '../ui/state-mark.tsx'
import { Stored } from '../ui/stored.tsx'

const POLL_MS = 10_000
const SHOWN = 8
/** The most that the API lists. */
const LISTED = 100

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
            {today.slice(0, SHOWN).map(({ id, key, state, dryRun, read, startedAt, ...counts }) => (
              <li key={id}>
                <a href={formatRoute(['imports', id])}>
                  <Stored value={key.slice(key.lastIndexOf('/') + 1)} />
                </a>
                <StateMark state={shownState({ state, dryRun })} />
                <span class="note">
                  {dryRun ? checkedWords(read, counts.rejected) : outcomeOf(counts)}, {ago(startedAt)}
                </span>
              </li>
            ))}
            {today.length > SHOWN && (
              <li>
                <a href={formatRoute(['imports'])}>
                  {/* The API lists the newest imports only: there may be more of today. */}
                  {today.length === all.length && all.length >= LISTED && 'At least '}
                  {countOf(today.length - SHOWN, 'more import')}
                </a>
              </li>
            )}
          </ul>
        )
      }}
    </Loaded>
  )
}

const checkedWords = (read: number, rejected: number): string =>
  `${countOf(read, 'record')}${rejected > 0 ? `, ${countOf(rejected, 'reject')}` : ''}`
