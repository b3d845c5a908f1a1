import type { Definition, Search } from '../../client/src/index.ts'
import { api } from '../api/client.ts'
import { useQuery } from '../api/use-query.ts'
import { project } from '../charts/pca.ts'
import { ScatterMap } from '../charts/scatter-map.tsx'
import { formatRoute } from '../route/hash-route.ts'
import { percent } from '../text/numbers.ts'
import { Loaded } from '../ui/loaded.tsx'
import { Section } from '../ui/page.tsx'
import { comparable, numbersOf, valueAt } from './map-vectors.ts'

interface MapSectionProps {
  request: Search
  definition: Definition
}

interface MapPoint {
  id: string
  kind: 'seed' | 'result' | 'other'
  vector: number[]
}

/** Numbers in one answer: 4 MB of text. */
const MOST_COMPONENTS = 200_000
const MOST_SEEDS = 20

/** The results among other customers, in two dimensions. */
export function MapSection({ request, definition }: MapSectionProps) {
  const points = useQuery('points', (signal) => loadPoints(request, definition, signal))
  return (
    <Section heading="Map">
      <Loaded query={points} lines={8}>
        {(points) => {
          const { points: places, share } = project(points.map(({ vector }) => vector))
          const placed = points.map(({ id, kind }, i) => ({
            id,
            kind,
            place: places[i] ?? ([0, 0] as const),
          }))
          return (
            <>
              <p class="note">
                Customers that are near to each other here are similar. The map shows {percent(share, 0)} of
                the differences between them. Click a customer to search from it.
              </p>
              <ScatterMap points={placed} hrefOf={(id) => formatRoute(['search'], { user: id })} />
            </>
          )
        }}
      </Loaded>
    </Section>
  )
}

async function loadPoints(request: Search, definition: Definition, signal: AbortSignal): Promise<MapPoint[]> {
  const { path, metric, dimensions } = definition.vector
  const k = Math.min(request.k ?? 10, Math.max(1, Math.floor(MOST_COMPONENTS / dimensions)))
  const [answer, sample, seeds] = await Promise.all([
    api.search({ ...request, k, includeVector: true, fields: [] }, { signal }),
    api.index.sample({ signal }),
    Promise.all(seedIds(request).map((id) => api.users.get(id, { signal }))),
  ])
  const found: [MapPoint['kind'], string, unknown][] = [
    ...sample.users.map(({ id, vector }) => ['other', id, vector] as [MapPoint['kind'], string, unknown]),
    ...answer.results.map(({ id, vector }) => ['result', id, vector] as [MapPoint['kind'], string, unknown]),
    ...seeds.map(
      ({ id, document }) => ['seed', id, valueAt(document, path)] as [MapPoint['kind'], string, unknown],
    ),
  ]
  const points = new Map<string, MapPoint>()
  for (const [kind, id, vector] of found) {
    const numbers = numbersOf(vector)
    // A later kind says more of a customer than an earlier one.
    if (numbers?.length === dimensions) points.set(id, { id, kind, vector: comparable(numbers, metric) })
  }
  return [...points.values()]
}

function seedIds(request: Search): string[] {
  if ('user' in request) return [request.user]
  if (!('like' in request)) return []
  return request.like.filter((seed) => typeof seed === 'string').slice(0, MOST_SEEDS)
}
