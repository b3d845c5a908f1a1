import type { Import } from '../../client/src/index.ts'
import { ago, bytes, count, countOf, dateTime, duration } from '../text/numbers.ts'
import { Counts } from '../ui/counts.tsx'
import { type Fact, Facts } from '../ui/facts.tsx'
import { Meter } from '../ui/meter.tsx'
import { Section } from '../ui/page.tsx'
import { Stored } from '../ui/stored.tsx'
import { isEnded, placeOf } from './import-words.ts'
import { RejectsSection } from './rejects-section.tsx'

/** The report: counts that add up, what is wrong with the file, and each reject. */
export function ImportReport({ report }: { report: Import }) {
  const { percent, recordsPerSecond, waiting, problem, warnings, rejected, fields } = report
  const doubts = fields.flatMap(({ path, missing, doubts }) => [
    ...(missing > 0 ? [`${countOf(missing, 'record')} without ${path}`] : []),
    ...doubts.map(({ reason, users }) => `${path}: ${reason} (${countOf(users, 'record')})`),
  ])
  const notes = [...warnings, ...doubts]
  return (
    <div class="stack">
      {!isEnded(report) && (
        <div class="notice busy" role="status">
          <p class="notice-title">
            {count(percent)} % read, {countOf(recordsPerSecond, 'record')} per second
          </p>
          <Meter percent={percent} label="Progress of the import" />
        </div>
      )}
      {waiting && (
        <div class="notice bad" role="alert">
          <p class="notice-title">The import waits since {dateTime(waiting.since)}</p>
          <p>
            <Stored value={waiting.message} />
          </p>
          <p>
            The page Index shows what is wrong with the index. The import goes on by itself when it is mended.
          </p>
        </div>
      )}
      {problem && (
        <div class="notice bad">
          <p class="notice-title">
            <Stored value={problem.message} />
          </p>
          <p class="note">
            {problem.code} {placeOf(problem)}
          </p>
        </div>
      )}
      <Section heading="Every record, accounted for">
        <ImportCounts report={report} />
        <Facts facts={factsOf(report)} />
      </Section>
      {rejected > 0 && <RejectsSection report={report} />}
      {notes.length > 0 && (
        <Section heading="Probably not as it is meant">
          <ul class="bullets">
            {notes.map((note) => (
              <li key={note}>
                <Stored value={note} />
              </li>
            ))}
          </ul>
        </Section>
      )}
    </div>
  )
}

function ImportCounts({ report }: { report: Import }) {
  const { dryRun, read, written, unchanged, deleted, rejected } = report
  const parts = [
    { name: dryRun ? 'to be written' : 'written', value: written },
    { name: 'stored already', value: unchanged },
    { name: dryRun ? 'to be deleted' : 'deleted', value: deleted },
    { name: 'rejected', value: rejected, tone: rejected > 0 ? 'bad' : '' },
  ]
  return <Counts whole={{ name: 'records read', value: read }} parts={parts} />
}

function factsOf(report: Import): Fact[] {
  const { dryRun, written, searchable, format, size, durability, startedAt, finishedAt } = report
  const tookMs = finishedAt === null ? null : Date.parse(finishedAt) - Date.parse(startedAt)
  return [
    ...(dryRun
      ? []
      : [
          {
            name: 'Can be found',
            value: count(searchable),
            note: searchable === written ? 'all that were written' : 'of those written',
          },
        ]),
    { name: 'File', value: bytes(size), note: format ?? 'format not known yet' },
    {
      name: 'Begun',
      value: ago(startedAt),
      note: tookMs === null ? dateTime(startedAt) : `took ${duration(tookMs)}`,
    },
    ...(durability === null || dryRun ? [] : [{ name: 'Stored', ...DURABILITY[durability] }]),
  ]
}

const DURABILITY = {
  fsynced: { value: 'On disk', note: 'it outlives Redis' },
  replicated: { value: 'On replicas', note: 'it outlives one Redis' },
  memory: { value: 'In memory', note: 'it is gone if Redis ends' },
}
