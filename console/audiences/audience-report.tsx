import type { Audience } from '../../client/src/index.ts'
import { fileUrl } from '../api/files.ts'
import { ago, bytes, countOf } from '../text/numbers.ts'
import { Counts } from '../ui/counts.tsx'
import { Facts } from '../ui/facts.tsx'
import { FileLink } from '../ui/file-link.tsx'
import { Meter } from '../ui/meter.tsx'
import { Section } from '../ui/page.tsx'
import { Stored } from '../ui/stored.tsx'
import { certificateWords, holdoutWords, seedWords } from './audience-words.ts'
import { isBuilding } from './audiences-table.tsx'
import { CurveChart } from './curve-chart.tsx'

/** The outcome for every customer, and how good the audience is. */
export function AudienceReport({ audience }: { audience: Audience }) {
  const { percent, problem, warnings, curve, counts, holdout, certificate, seeds, files, id } = audience
  return (
    <div class="stack">
      {isBuilding(audience) && <Meter percent={percent} label="Progress of the audience" />}
      {problem && (
        <div class="notice bad" role="alert">
          <p class="notice-title">
            <Stored value={problem.message} />
          </p>
          <p class="note">{problem.code}</p>
        </div>
      )}
      {counts.matched > 0 && (
        <Section heading="Every customer, accounted for">
          <AudienceCounts counts={counts} />
          <Facts
            facts={[
              {
                name: 'File',
                value: bytes(audience.bytes),
                note: audience.gzip ? `${audience.format}, packed` : audience.format,
              },
              {
                name: 'Run',
                value: audience.run,
                note: audience.finishedAt === null ? 'not finished' : ago(audience.finishedAt),
              },
              { name: 'Refreshed', value: audience.refreshEvery ?? 'By hand' },
            ]}
          />
        </Section>
      )}
      <Changes audience={audience} />
      <div class="columns">
        {curve.length > 1 && (
          <Section heading="Size and similarity">
            <CurveChart curve={curve} chosen={counts.exported} />
          </Section>
        )}
        {(holdout || certificate || seeds.given > 0) && (
          <Section heading="How good it is">
            {holdout && <p>{holdoutWords(holdout)}</p>}
            {certificate && <p>{certificateWords(certificate)}</p>}
            {seeds.given > 0 && <p>{seedWords(seeds).join(' ')}</p>}
            {files.problems !== null && (
              <FileLink url={fileUrl('audiences', id, 'problems')}>
                Download the customers that could not be used, or drew no one
              </FileLink>
            )}
          </Section>
        )}
      </div>
      {warnings.length > 0 && (
        <div class="notice warn">
          <ul>
            {warnings.map((warning) => (
              <li key={warning}>
                <Stored value={warning} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}

function AudienceCounts({ counts }: Pick<Audience, 'counts'>) {
  const { matched, exported, seeds, excluded, unliked, beyondSize, unreadable } = counts
  const parts = [
    { name: 'in the file', value: exported, tone: 'good' },
    { name: 'your own', value: seeds },
    { name: 'left out by you', value: excluded },
    { name: 'nearer to those not wanted', value: unliked },
    { name: 'less similar', value: beyondSize },
    { name: 'without a usable vector', value: unreadable, tone: unreadable > 0 ? 'bad' : '' },
  ]
  return <Counts whole={{ name: 'customers', value: matched }} parts={parts} />
}

/** After a refresh: how many customers entered, left and stayed, with their files. */
function Changes({ audience: { id, changes, files } }: { audience: Audience }) {
  if (changes === null) return null
  const kinds = ['entered', 'left', 'stayed'] as const
  return (
    <Section heading="Since the file before">
      <ul class="counts">
        {kinds.map((kind) => (
          <li key={kind}>
            {files[kind] === null ? (
              countOf(changes[kind], `customer ${kind}`, `customers ${kind}`)
            ) : (
              <FileLink url={fileUrl('audiences', id, kind)}>
                {countOf(changes[kind], `customer ${kind}`, `customers ${kind}`)}
              </FileLink>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}
