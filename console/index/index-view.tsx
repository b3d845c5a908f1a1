import { api } from '../api/client.ts'
import { useQuery } from '../api/use-query.ts'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { ChangeSection } from './change-section.tsx'
import { CheckSection } from './check-section.tsx'
import { DefinitionSection } from './definition-section.tsx'
import { DriftSection } from './drift-section.tsx'
import { indexSentence, indexTone } from './index-words.ts'
import { QuarantineSection } from './quarantine-section.tsx'

const POLL_MS = 10_000
const BUSY_POLL_MS = 1_500

/** The index against its definition, and what an operator does about a difference. */
export function IndexView() {
  const index = useQuery('index', (signal) => api.index.get({ signal }), {
    repeatMs: (status) => (status?.migration || status?.state === 'building' ? BUSY_POLL_MS : POLL_MS),
  })
  const { data } = index
  return (
    <Page
      name="Index"
      heading={
        data === undefined ? (
          'Index'
        ) : (
          <span class={`sentence ${indexTone(data)}`}>{indexSentence(data)}</span>
        )
      }
      intro="The index is built from its definition, a file that your team edits and deploys."
    >
      <Loaded query={index} lines={8}>
        {(status) => (
          <div class="stack">
            {status.drift.length > 0 && <DriftSection drift={status.drift} />}
            <ChangeSection status={status} onChange={index.reload} />
            <DefinitionSection />
            <div class="columns">
              <CheckSection check={status.check} />
              <QuarantineSection />
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  )
}
