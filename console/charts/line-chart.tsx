import { scaleLinear, scaleLog } from 'd3-scale'
import { line } from 'd3-shape'
import { useState } from 'preact/hooks'

export interface Point {
  x: number
  y: number
}

interface LineChartProps {
  /** The subject of the chart, for a screen reader, and the caption of its table. */
  label: string
  xName: string
  yName: string
  xFormat: (x: number) => string
  yFormat: (y: number) => string
  series: readonly { name: string; points: readonly Point[] }[]
  yDomain: readonly [number, number]
  logX?: boolean
  /** A line across at this value. */
  target?: number
  /** A vertical line, such as the chosen size. */
  chosenX?: number | undefined
  onChoose?: (x: number) => void
}

const SIZE = { width: 440, height: 230, left: 48, right: 20, top: 10, bottom: 42 }

/** Lines in SVG, and the same figures as a table for people who cannot see them. */
export function LineChart(props: LineChartProps) {
  const { label, xName, yName, xFormat, yFormat, series, yDomain, logX, target, chosenX, onChoose } = props
  const [isTable, setTable] = useState(false)
  const xs = series.flatMap(({ points }) => points.map(({ x }) => x))
  const least = Math.min(...xs)
  const most = Math.max(...xs)
  const x = (logX ? scaleLog() : scaleLinear())
    .domain(least === most ? [least / 2, most * 2] : [least, most])
    .range([SIZE.left, SIZE.width - SIZE.right])
  const y = scaleLinear()
    .domain([...yDomain])
    .range([SIZE.height - SIZE.bottom, SIZE.top])
  const path = line<Point>(
    (point) => x(point.x),
    (point) => y(point.y),
  )
  const xTicks = logX ? logTicks(least, most) : x.ticks(5)

  const choose = (event: MouseEvent) => {
    const svg = event.currentTarget
    if (!(svg instanceof SVGElement) || !onChoose) return
    const box = svg.getBoundingClientRect()
    const at = ((event.clientX - box.left) / box.width) * SIZE.width
    onChoose(Math.min(most, Math.max(least, x.invert(at))))
  }

  return (
    <figure class="chart">
      <figcaption class="hidden">{label}</figcaption>
      <svg
        viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
        role="img"
        aria-label={label}
        class={onChoose ? 'choosable' : ''}
        onPointerDown={choose}
        onPointerMove={(event) => event.buttons === 1 && choose(event)}
      >
        {y.ticks(4).map((tick) => (
          <g key={tick} class="grid">
            <line x1={SIZE.left} x2={SIZE.width - SIZE.right} y1={y(tick)} y2={y(tick)} />
            <text x={SIZE.left - 8} y={y(tick)} text-anchor="end" dominant-baseline="middle">
              {yFormat(tick)}
            </text>
          </g>
        ))}
        {xTicks.map((tick) => (
          <text key={tick} x={x(tick)} y={SIZE.height - SIZE.bottom + 20} text-anchor="middle">
            {xFormat(tick)}
          </text>
        ))}
        <text class="axis-name" x={SIZE.width - SIZE.right} y={SIZE.height - 6} text-anchor="end">
          {xName}
        </text>
        {target !== undefined && (
          <line class="target" x1={SIZE.left} x2={SIZE.width - SIZE.right} y1={y(target)} y2={y(target)} />
        )}
        {series.map(({ name, points }, i) => (
          <g key={name} class={`series series-${i}`}>
            <path d={path([...points]) ?? ''} />
            {points.length < 12 &&
              points.map((point) => <circle key={point.x} cx={x(point.x)} cy={y(point.y)} r={3.5} />)}
          </g>
        ))}
        {chosenX !== undefined && (
          <line class="chosen" x1={x(chosenX)} x2={x(chosenX)} y1={SIZE.top} y2={SIZE.height - SIZE.bottom} />
        )}
      </svg>
      <div class="legend">
        {series.length > 1 &&
          series.map(({ name }, i) => (
            <span key={name} class={`key series-${i}`}>
              {name}
            </span>
          ))}
        <button type="button" class="quiet" aria-expanded={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? 'Hide the figures' : 'Show the figures'}
        </button>
      </div>
      {isTable && <FiguresTable {...{ label, xName, yName, xFormat, yFormat, series }} />}
    </figure>
  )
}

type FiguresProps = Pick<LineChartProps, 'label' | 'xName' | 'yName' | 'xFormat' | 'yFormat' | 'series'>

function FiguresTable({ label, xName, yName, xFormat, yFormat, series }: FiguresProps) {
  return (
    <table class="plain">
      <caption class="hidden">{label}</caption>
      <thead>
        <tr>
          <th scope="col">{xName}</th>
          {series.map(({ name }) => (
            <th key={name} scope="col" class="number">
              {series.length > 1 ? `${yName} ${name}` : yName}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {series[0]?.points.map(({ x }, row) => (
          <tr key={x}>
            <th scope="row">{xFormat(x)}</th>
            {series.map(({ name, points }) => (
              <td key={name} class="number">
                {yFormat(points[row]?.y ?? Number.NaN)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The powers of ten in a range, and its ends. */
function logTicks(least: number, most: number): number[] {
  const powers = Array.from({ length: 10 }, (_, power) => 10 ** power)
  return powers.filter((tick) => tick >= least && tick <= most)
}
