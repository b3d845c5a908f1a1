import { type Circle, isSearchedWhole } from '../../../lib/fields/geo-circle.ts'
import { type Random, seeded } from '../random.ts'
import { absentOr, type FieldKind, several } from './field-kind.ts'

export interface Place {
  lon: number
  lat: number
}

/** Places of every latitude, several in reach of each other, and on both sides of the date line. */
const CENTRES = [0, 13.4, -33.45, 52.5, 60.2, -66.1, 70.6, -75.1, 79.9, 82.3, -84.9]
const random = seeded(7)
const PLACES: readonly Place[] = CENTRES.flatMap((lat, i) => {
  const lon = i % 3 === 0 ? 179.9 : random.between(-180, 180)
  const others = Array.from({ length: 4 }, () => nearby(random, { lon, lat }, 0.1 + random.between(0, 15)))
  return [{ lon, lat }, ...others]
})

export const places: FieldKind = {
  value(random, _field, lists) {
    const some = several(random, 2, () => random.below(PLACES.length))
    const written = some.map((place) => `${PLACES[place]?.lon.toFixed(6)},${PLACES[place]?.lat.toFixed(6)}`)
    const [first] = some
    const one = { json: written[0], means: first === undefined ? [] : [first] }
    return absentOr(random, lists ? random.oneOf([one, { json: written, means: some }]) : one)
  },
  condition(random) {
    const circle = clearCircle(random, random.oneOf(PLACES), PLACES)
    return {
      json: { $near: circle },
      holds: (means) =>
        means.some((place) => {
          const at = PLACES[Number(place)]
          return at !== undefined && kilometres(at, circle) <= circle.km
        }),
    }
  },
}

/** A circle that a filter may have, with no place near its edge: RediSearch rounds a place to half a metre. */
export function clearCircle(random: Random, centre: Place, among: readonly Place[]): Circle {
  for (;;) {
    const circle = { ...centre, km: 10 ** random.between(-1, 3) }
    const isClear = among.every((place) => Math.abs(kilometres(place, circle) - circle.km) > 0.01)
    if (isClear && isSearchedWhole(circle)) return circle
  }
}

export function nearby(random: Random, { lon, lat }: Place, degrees: number): Place {
  const limit = 85.05
  const [east, north] = [random.between(-3 * degrees, 3 * degrees), random.between(-degrees, degrees)]
  return {
    lon: ((((lon + east + 180) % 360) + 360) % 360) - 180,
    lat: Math.max(-limit, Math.min(limit, lat + north)),
  }
}

/** On a sphere of RediSearch's radius. */
export function kilometres(a: Place, b: Place): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const u = Math.sin(radians(b.lat - a.lat) / 2)
  const v = Math.sin(radians(b.lon - a.lon) / 2)
  const chord = u * u + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * v * v
  return 2 * 6372.797560856 * Math.asin(Math.sqrt(chord))
}
