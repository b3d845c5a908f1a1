import { api } from '../api/client.ts'
import { useQuery } from '../api/use-query.ts'
import { judge } from '../text/wellness.ts'
import { Loaded } from '../ui/loaded.tsx'
import { Page, Section } from '../ui/page.tsx'
import { ImportsOfToday } from './imports-of-today.tsx'
import { IndexFacts } from './index-facts.tsx'
import { Problems } from './problems.tsx'
import { RecallSection } from './recall-section.tsx'

const POLL_MS = 10_000
const BUSY_POLL_MS = 2_000

/** Is it well? One sentence, then the figures behind it. */
export function OverviewView() {
  const index = useQuery('index', (signal) => api.index.get({ signal }), {
    repeatMs: (status) => (status?.migration || status?.state === 'building' ? BUSY_POLL_MS : POLL_MS),
  })
  const wellness = index.data && judge(index.data)
  const isFailed = index.error !== undefined
  const sentence = isFailed ? 'Lookalike cannot answer at the moment.' : (wellness?.sentence ?? 'Looking…')
  return (
    <Page
      name="Overview"
      heading={<span class={`sentence ${isFailed ? 'bad' : (wellness?.tone ?? '')}`}>{sentence}</span>}
    >
      <Loaded query={index} lines={6}>
        {(status) => (
          <>
            <IndexFacts status={status} />
            {wellness && <Problems problems={wellness.problems} check={status.check} />}
            <div class="columns">
              <RecallSection recall={status.recall} />
              <Section heading="Imports of today">
                <ImportsOfToday />
              </Section>
            </div>
          </>
        )}
      </Loaded>
    </Page>
  )
}
