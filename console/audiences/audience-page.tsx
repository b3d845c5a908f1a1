import type { Audience } from '../../client/src/index.ts'
import { api } from '../api/client.ts'
import { fileUrl } from '../api/files.ts'
import { useAction } from '../api/use-action.ts'
import { useQuery } from '../api/use-query.ts'
import { formatRoute } from '../route/hash-route.ts'
import { useGo } from '../route/use-route.ts'
import { useEndAnnouncement } from '../ui/announcer.tsx'
import { ConfirmedButton } from '../ui/confirmed-button.tsx'
import { FileLink } from '../ui/file-link.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { Problem } from '../ui/problem.tsx'
import { Stored } from '../ui/stored.tsx'
import { AudienceReport } from './audience-report.tsx'
import { audienceSentence, audienceTone } from './audience-words.ts'
import { isBuilding } from './audiences-table.tsx'

const POLL_MS = 700

/** One audience: how it goes, its file, and how good it is. */
export function AudiencePage({ id }: { id: string }) {
  const audience = useQuery(id, (signal) => api.audiences.get(id, { signal }), {
    repeatMs: (data) => (data !== undefined && isBuilding(data) ? POLL_MS : undefined),
  })
  const { data } = audience
  useEndAnnouncement(data && isBuilding(data), data === undefined ? '' : audienceSentence(data))
  return (
    <Page
      name={data?.name ?? 'Audience'}
      heading={
        data === undefined ? (
          'Audience'
        ) : (
          <span class={`sentence ${audienceTone(data)}`}>{audienceSentence(data)}</span>
        )
      }
      intro={
        <>
          <a href={formatRoute(['audiences'])}>All audiences</a>
          {data && (
            <>
              {' · '}
              <Stored value={data.name} />
            </>
          )}
        </>
      }
      actions={data && <AudienceActions audience={data} onChange={audience.reload} />}
    >
      <Loaded query={audience} lines={8}>
        {(data) => <AudienceReport audience={data} />}
      </Loaded>
    </Page>
  )
}

function AudienceActions({ audience, onChange }: { audience: Audience; onChange: () => void }) {
  const { id, files } = audience
  const go = useGo()
  const refresh = useAction(async () => {
    await api.audiences.refresh(id)
    onChange()
  })
  const stop = useAction(async () => {
    await api.audiences.delete(id)
    if (isBuilding(audience)) onChange()
    else go(['audiences'])
  })
  const error = refresh.error ?? stop.error
  const isBusy = refresh.isBusy || stop.isBusy
  return (
    <>
      {files.audience !== null && (
        <FileLink class="button primary" url={fileUrl('audiences', id, 'audience')}>
          Download the file
        </FileLink>
      )}
      {!isBuilding(audience) && (
        <button type="button" disabled={isBusy} onClick={() => void refresh.run()}>
          Refresh
        </button>
      )}
      <ConfirmedButton
        key={isBuilding(audience) ? 'stop' : 'delete'}
        label={isBuilding(audience) ? 'Stop' : 'Delete'}
        question={isBuilding(audience) ? 'Really stop?' : 'Really delete it, with its files?'}
        isBusy={isBusy}
        onConfirm={() => void stop.run()}
      />
      {error !== undefined && <Problem error={error} />}
    </>
  )
}
