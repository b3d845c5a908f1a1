import { scaleLinear } from 'd3-scale'
import { useMemo, useState } from 'preact/hooks'
import { Stored } from '../ui/stored.tsx'

interface PlacedPoint {
  id: string
  kind: 'seed' | 'result' | 'other'
  place: readonly [x: number, y: number]
}

interface ScatterMapProps {
  points: readonly PlacedPoint[]
  hrefOf: (id: string) => string
}

const SIZE = { width: 800, height: 480, margin: 18 }
const RADIUS = { other: 3, result: 5, seed: 7 }
const LEGEND = [
  ['seed', 'searched for'],
  ['result', 'found'],
  ['other', 'other customers'],
] as const

/**
 * Points on a plane. The table of results has the same customers and links, so the map is for the eye and the mouse
 * alone: a screen reader skips it.
 */
export function ScatterMap({ points, hrefOf }: ScatterMapProps) {
  const [pointed, setPointed] = useState<string>()
  const placeOf = useMemo(() => placer(points), [points])
  return (
    <div class="chart map">
      <svg
        viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
        aria-hidden="true"
        onPointerLeave={() => setPointed(undefined)}
      >
        {points.map(({ id, kind, place }) => {
          const [cx, cy] = placeOf(place)
          return (
            <a key={id} href={hrefOf(id)} tabindex={-1} onPointerEnter={() => setPointed(id)}>
              <circle class={`dot ${kind}`} cx={cx} cy={cy} r={RADIUS[kind]} />
            </a>
          )
        })}
      </svg>
      <div class="legend">
        {LEGEND.filter(([kind]) => points.some((point) => point.kind === kind)).map(([kind, words]) => (
          <span key={kind} class={`key ${kind}`}>
            {words}
          </span>
        ))}
        <span class="pointed">{pointed === undefined ? ' ' : <Stored value={pointed} />}</span>
      </div>
    </div>
  )
}

/** From coordinates to the drawing. One scale for both axes, so that distances keep their proportions. */
function placer(points: readonly PlacedPoint[]) {
  const xs = points.map(({ place }) => place[0])
  const ys = points.map(({ place }) => place[1])
  const middle = [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2] as const
  const width = SIZE.width - 2 * SIZE.margin
  const height = SIZE.height - 2 * SIZE.margin
  const spread = Math.max(
    (Math.max(...xs) - Math.min(...xs)) / width,
    (Math.max(...ys) - Math.min(...ys)) / height,
    1e-12,
  )
  const x = scaleLinear(
    [middle[0] - (spread * width) / 2, middle[0] + (spread * width) / 2],
    [SIZE.margin, SIZE.width - SIZE.margin],
  )
  const y = scaleLinear(
    [middle[1] - (spread * height) / 2, middle[1] + (spread * height) / 2],
    [SIZE.height - SIZE.margin, SIZE.margin],
  )
  return ([px, py]: readonly [number, number]) => [x(px), y(py)] as const
}
