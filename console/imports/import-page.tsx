import type { Import } from '../../client/src/index.ts'
import { api } from '../api/client.ts'
import { fileUrl } from '../api/files.ts'
import { useAction } from '../api/use-action.ts'
import { useQuery } from '../api/use-query.ts'
import { formatRoute } from '../route/hash-route.ts'
import { useGo } from '../route/use-route.ts'
import { useEndAnnouncement } from '../ui/announcer.tsx'
import { FileLink } from '../ui/file-link.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { Problem } from '../ui/problem.tsx'
import { Stored } from '../ui/stored.tsx'
import { ImportReport } from './import-report.tsx'
import { fileName, importSentence, importTone, isEnded } from './import-words.ts'

const POLL_MS = 700

/** One import, or the check of a file: how it goes, and what to do next. */
export function ImportPage({ id }: { id: string }) {
  const report = useQuery(id, (signal) => api.imports.get(id, { signal }), {
    repeatMs: (data) => (data === undefined || isEnded(data) ? undefined : POLL_MS),
  })
  const { data } = report
  useEndAnnouncement(data && !isEnded(data), data === undefined ? '' : importSentence(data))
  return (
    <Page
      name={data === undefined ? 'Import' : fileName(data.key)}
      heading={
        data === undefined ? (
          'Import'
        ) : (
          <span class={`sentence ${importTone(data)}`}>{importSentence(data)}</span>
        )
      }
      intro={
        <>
          <a href={formatRoute(['imports'])}>All imports</a>
          {data && (
            <>
              {' · '}
              <Stored value={fileName(data.key)} />
            </>
          )}
        </>
      }
      actions={data && <ImportActions report={data} onChange={report.reload} />}
    >
      <Loaded query={report} lines={8}>
        {(data) => <ImportReport report={data} />}
      </Loaded>
    </Page>
  )
}

function ImportActions({ report, onChange }: { report: Import; onChange: () => void }) {
  const { id, key, dryRun, state, read, rejected, reportKey } = report
  const go = useGo()
  const start = useAction(async (force: boolean) => {
    const started = await api.imports.start({ key, dryRun: false, force })
    await waitUntilKnown(started.id, report)
    go(['imports', started.id])
    onChange()
  })
  const cancel = useAction(async () => {
    await api.imports.cancel(id)
    onChange()
  })
  const good = read - rejected
  const error = start.error ?? cancel.error
  return (
    <>
      {!isEnded(report) && (
        <button type="button" class="danger" disabled={cancel.isBusy} onClick={() => void cancel.run()}>
          Cancel
        </button>
      )}
      {isEnded(report) && dryRun && good > 0 && (
        <button type="button" class="primary" disabled={start.isBusy} onClick={() => void start.run(false)}>
          {rejected === 0 ? 'Import them' : 'Import without the rejected ones'}
        </button>
      )}
      {isEnded(report) && !dryRun && state !== 'SUPERSEDED' && (
        <button type="button" disabled={start.isBusy} onClick={() => void start.run(true)}>
          Start again
        </button>
      )}
      {dryRun && isEnded(report) && (
        <a class="button" href={formatRoute(['imports'])}>
          Choose another file
        </a>
      )}
      {reportKey !== null && (
        <FileLink class="button" url={fileUrl('imports', id, 'report')}>
          Download the report
        </FileLink>
      )}
      {error !== undefined && <Problem error={error} />}
    </>
  )
}

const KNOWN_MS = 15_000
const ASK_MS = 300

/** The queue takes a moment to begin. Until then, the API knows nothing of the import, or only of its former run. */
async function waitUntilKnown(id: string, former: Import): Promise<void> {
  for (const since = Date.now(); Date.now() - since < KNOWN_MS; ) {
    const found = await api.imports.find(id)
    if (found && (id !== former.id || found.startedAt !== former.startedAt || !isEnded(found))) return
    await new Promise((resolve) => setTimeout(resolve, ASK_MS))
  }
}
