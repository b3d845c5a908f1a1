import type { AudienceCurvePoint } from '../../client/src/index.ts'
import { LineChart } from '../charts/line-chart.tsx'
import { count, decimal } from '../text/numbers.ts'
import { distinctPoints } from './curve.ts'

interface CurveChartProps {
  curve: readonly AudienceCurvePoint[]
  chosen?: number | undefined
  onChoose?: (users: number) => void
}

/** How similar the last customer is, by the size of the audience. */
export function CurveChart({ curve, chosen, onChoose }: CurveChartProps) {
  const points = distinctPoints(curve)
  if (points.length < 2) return null
  const similarities = points.map(({ similarity }) => similarity)
  const least = Math.min(...similarities)
  const most = Math.max(...similarities)
  const margin = (most - least || 0.1) * 0.08
  return (
    <LineChart
      label="Similarity of the last customer, by the size of the audience"
      xName="Customers in the audience"
      yName="Similarity of the last one"
      xFormat={count}
      yFormat={(similarity) => decimal(similarity, 2)}
      logX
      yDomain={[least - margin, most + margin]}
      series={[
        { name: 'similarity', points: points.map(({ users, similarity }) => ({ x: users, y: similarity })) },
      ]}
      chosenX={
        chosen === undefined
          ? undefined
          : Math.min(Math.max(chosen, points[0]?.users ?? 1), points.at(-1)?.users ?? 1)
      }
      {...(onChoose && { onChoose })}
    />
  )
}
