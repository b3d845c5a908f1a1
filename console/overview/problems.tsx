import type { CheckResult } from '../../client/src/index.ts'
import { ago } from '../text/numbers.ts'
import type { Wellness } from '../text/wellness.ts'
import { Section } from '../ui/page.tsx'
import { Stored } from '../ui/stored.tsx'

interface ProblemsProps {
  problems: Wellness['problems']
  check: CheckResult | null
}

/** The problems, each with an action. */
export function Problems({ problems, check }: ProblemsProps) {
  if (problems.length === 0) return null
  const note = check === null ? undefined : `Last check: ${ago(check.at)}`
  return (
    <Section heading="To do" note={note} wide>
      <ul class="problems">
        {problems.map(({ text, action }) => (
          <li key={text}>
            <p class="notice-title">
              <Stored value={text} />
            </p>
            <p>{action}</p>
          </li>
        ))}
      </ul>
    </Section>
  )
}
