import { absentOr, type FieldKind, several } from './field-kind.ts'

const PLACES = [
  { lon: 13.4, lat: 52.5 },
  { lon: 13.06, lat: 52.4 },
  { lon: 2.35, lat: 48.86 },
  { lon: 179.9, lat: 0.5 },
  { lon: 139.69, lat: 35.69 },
  { lon: -70.67, lat: -33.45 },
]
/** None of the places is near the edge of such a circle around another: RediSearch rounds a place to half a metre. */
const RADII = [0.1, 5, 50, 500]

export const places: FieldKind = {
  value(random, _field, lists) {
    const some = several(random, 2, () => random.below(PLACES.length))
    const written = some.map((place) => `${PLACES[place]?.lon},${PLACES[place]?.lat}`)
    const [first] = some
    const one = { json: written[0], means: first === undefined ? [] : [first] }
    return absentOr(random, lists ? random.oneOf([one, { json: written, means: some }]) : one)
  },
  condition(random) {
    const centre = random.oneOf(PLACES)
    const km = random.oneOf(RADII)
    return {
      json: { $near: { ...centre, km } },
      holds: (means) =>
        means.some((place) => {
          const at = PLACES[Number(place)]
          return at !== undefined && kilometres(at, centre) <= km
        }),
    }
  },
}

/** On a sphere of RediSearch's radius. */
function kilometres(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const u = Math.sin(radians(b.lat - a.lat) / 2)
  const v = Math.sin(radians(b.lon - a.lon) / 2)
  const chord = u * u + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * v * v
  return 2 * 6372.797560856 * Math.asin(Math.sqrt(chord))
}
