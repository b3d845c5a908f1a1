import type { Recall } from '../../client/src/index.ts'
import { LineChart } from '../charts/line-chart.tsx'
import { ago, count, percent } from '../text/numbers.ts'
import { Section } from '../ui/page.tsx'

/** How many of the nearest customers searches find, by how many are asked for. */
export function RecallSection({ recall }: { recall: Recall | null }) {
  if (recall === null || recall.curve.length === 0)
    return (
      <Section heading="How much searches find">
        <p class="empty">
          {recall?.skipped ?? 'Recall has not been measured yet. The check measures it within 15 minutes.'}
        </p>
      </Section>
    )
  const { curve, target, at, documents, probes, asked } = recall
  const filtered = curve.flatMap(({ k, filtered }) => (filtered ? [{ x: k, y: filtered.measured }] : []))
  const single = curve.map(({ k, single }) => ({ x: k, y: single.measured }))
  const group = curve.map(({ k, group }) => ({ x: k, y: group.measured }))
  const shares = [...single, ...group, ...filtered].map(({ y }) => y)
  return (
    <Section
      heading="How much searches find"
      note={`Measured ${ago(at)} with ${count(probes + asked)} searches over ${count(documents)} customers.`}
    >
      <LineChart
        label="Share of the nearest customers that a search finds, by the number asked for"
        xName="Results asked for"
        yName="Found"
        xFormat={count}
        yFormat={(share) => percent(share)}
        logX
        yDomain={[Math.min(0.9, ...shares, target) - 0.01, 1]}
        target={target}
        series={[
          { name: 'by one customer', points: single },
          { name: 'by a group', points: group },
          ...(filtered.length > 0 ? [{ name: 'with a filter', points: filtered }] : []),
        ]}
      />
    </Section>
  )
}
