import type { CheckResult } from '../../client/src/index.ts'
import { ago, count, countOf, duration } from '../text/numbers.ts'
import { actionFor } from '../text/wellness.ts'
import { Counts } from '../ui/counts.tsx'
import { Section } from '../ui/page.tsx'
import { Stored } from '../ui/stored.tsx'

/** The findings of the scheduled check, which looks at the index and at every customer. */
export function CheckSection({ check }: { check: CheckResult | null }) {
  if (check === null)
    return (
      <Section heading="Last check">
        <p class="empty">No check has run yet. It runs every 15 minutes.</p>
      </Section>
    )
  const { at, tookMs, problems, notices, canaries, lastSweep } = check
  return (
    <Section heading="Last check" note={`${ago(at)}, in ${duration(tookMs)}`}>
      {problems.length === 0 ? (
        <p>It found nothing that needs a person.</p>
      ) : (
        <ul class="problems">
          {problems.map((problem) => (
            <li key={problem}>
              <p class="notice-title">
                <Stored value={problem} />
              </p>
              <p>{actionFor(problem)}</p>
            </li>
          ))}
        </ul>
      )}
      {notices.length > 0 && (
        <details>
          <summary>{countOf(notices.length, 'notice')}, which can wait</summary>
          <ul class="bullets spaced">
            {notices.map((notice) => (
              <li key={notice}>
                <Stored value={notice} />
              </li>
            ))}
          </ul>
        </details>
      )}
      {lastSweep && (
        <Counts
          whole={{ name: 'customers looked at', value: lastSweep.scanned }}
          parts={[
            { name: 'can be found', value: lastSweep.scanned - lastSweep.notSearchable, tone: 'good' },
            { name: 'cannot', value: lastSweep.notSearchable, tone: 'bad' },
          ]}
        />
      )}
      {canaries && (
        <p class="note">
          {count(canaries.asked - canaries.lost.length)} of {count(canaries.asked)} random customers were
          found by their own vectors.
        </p>
      )}
    </Section>
  )
}
