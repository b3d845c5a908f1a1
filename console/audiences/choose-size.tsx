import type { Preview } from '../../client/src/index.ts'
import { count, countOf, decimal, percent } from '../text/numbers.ts'
import { Field, textIn } from '../ui/field.tsx'
import { Section } from '../ui/page.tsx'
import { Stored } from '../ui/stored.tsx'
import { holdoutWords, seedWords } from './audience-words.ts'
import { similarityAt } from './curve.ts'
import { CurveChart } from './curve-chart.tsx'

interface ChooseSizeProps {
  preview: Preview
  users: number
  onChoose: (users: number) => void
}

/** The slider goes by factors: from 100 to 1,000 is as far as from 1,000 to 10,000. */
const STEPS = 1_000

/** The curve of size against similarity, and a handle to choose the size. */
export function ChooseSize({ preview, users, onChoose }: ChooseSizeProps) {
  const { curve, matched, sampled, holdout, seeds, warnings } = preview
  const least = Math.max(1, curve[0]?.users ?? 1)
  const most = Math.max(least, curve.at(-1)?.users ?? least)
  const similarity = similarityAt(curve, users)
  const span = Math.log(most / least) || 1
  const choose = (size: number) => onChoose(Math.min(most, rounded(Math.max(1, size))))
  return (
    <Section
      heading="3. How many"
      note={`Estimated from ${countOf(sampled, 'random customer')} of about ${count(matched)}. Where the curve drops, customers stop being alike.`}
    >
      <p class="figure" aria-live="polite">
        {countOf(users, 'customer')}
        {similarity !== undefined && (
          <span class="note"> The last one has a similarity of {decimal(similarity, 2)}.</span>
        )}
      </p>
      <div class="split">
        <CurveChart curve={curve} chosen={users} onChoose={choose} />
        <div class="stack">
          <Field label="Size">
            <input
              type="range"
              min={0}
              max={STEPS}
              value={Math.round((Math.log(Math.max(users, least) / least) / span) * STEPS)}
              aria-valuetext={countOf(users, 'customer')}
              onInput={(event) => choose(least * Math.exp((Number(textIn(event)) / STEPS) * span))}
            />
          </Field>
          <Field
            label="Customers"
            hint={`${percent(users / Math.max(1, matched), 2)} of all that may be in it`}
          >
            <input
              type="number"
              min={1}
              max={most}
              value={users}
              onChange={(event) => onChoose(Math.max(1, Math.round(Number(textIn(event))) || 1))}
            />
          </Field>
          <ul class="bullets">
            {seedWords(seeds).map((words) => (
              <li key={words}>{words}</li>
            ))}
            {holdout && <li>{holdoutWords(holdout)}</li>}
            {warnings.map((warning) => (
              <li key={warning}>
                <Stored value={warning} />
              </li>
            ))}
          </ul>
        </div>
      </div>
    </Section>
  )
}

/** Two digits that count: a size by hand is a round number. */
function rounded(users: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(users)) - 1)
  return Math.max(1, Math.round(users / unit) * unit)
}
