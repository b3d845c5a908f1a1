/** RediSearch stores no place beyond the latitude at which a Mercator map ends. */
export const MAX_LATITUDE = 85.05112878
/** The radius of RediSearch's sphere. */
const EARTH_KM = 6372.797560856
/** Half of the equator, by which RediSearch chooses the size of its cells. */
const MERCATOR_KM = 20_037.72637
const MOST_STEPS = 26

export interface Circle {
  lon: number
  lat: number
  km: number
}

/**
 * Whether RediSearch 2.10 looks at every place in the circle. It divides the map into 4^steps cells, and looks at the
 * cell of the centre and the eight around it. It leaves a side out if the circle does not reach over there, for which it
 * takes a circle to be as wide as on its centre's latitude. Nearer to the pole a circle is wider: near 80 degrees, up to
 * 137 km of it were left out.
 *
 * It follows `geohashGetAreasByRadius` in RediSearch's deps/geohash/geohash_helper.c.
 */
export function isSearchedWhole(circle: Circle): boolean {
  const { lon, lat, km } = circle
  const angle = degrees(km / EARTH_KM)
  const steps = stepsFor(circle)
  const columns = axis(lon, 180, steps)
  const rows = axis(lat, MAX_LATITUDE, steps)
  const taken = angle / Math.cos(radians(lat))
  const leavesOut = steps >= 2
  const west = columns.from - (leavesOut && columns.from < lon - taken ? 0 : columns.size)
  const east = columns.to + (leavesOut && columns.to > lon + taken ? 0 : columns.size)
  const south = rows.from - (leavesOut && rows.from < lat - angle ? 0 : rows.size)
  const north = rows.to + (leavesOut && rows.to > lat + angle ? 0 : rows.size)
  const width = halfWidth(circle)
  const isWide = east - west >= 360 || (west <= lon - width && lon + width <= east)
  const isHigh = south <= Math.max(lat - angle, -MAX_LATITUDE) && Math.min(lat + angle, MAX_LATITUDE) <= north
  return isWide && isHigh
}

/** The nearest radii that are searched whole, below and above. */
export function nearestWholeRadii(circle: Circle, maxKm: number): { below?: number; above?: number } {
  const isWhole = (km: number) => isSearchedWhole({ ...circle, km })
  const [down, up] = [Math.floor(circle.km), Math.ceil(circle.km)]
  const below = Array.from({ length: down }, (_, i) => down - i).find(isWhole)
  const above = Array.from({ length: Math.max(0, maxKm - up + 1) }, (_, i) => up + i).find(isWhole)
  return { ...(below !== undefined && { below }), ...(above !== undefined && { above }) }
}

/** The cell of a place along one axis. */
function axis(place: number, limit: number, steps: number): { from: number; to: number; size: number } {
  const size = (2 * limit) / 2 ** steps
  const cell = Math.min(2 ** steps - 1, Math.floor((place + limit) / size))
  return { from: cell * size - limit, to: (cell + 1) * size - limit, size }
}

function stepsFor({ lon, lat, km }: Circle): number {
  const size = Math.ceil(Math.log2(MERCATOR_KM / km)) - 1
  const smaller = (Math.abs(lat) > 66 ? 1 : 0) + (Math.abs(lat) > 80 ? 1 : 0)
  const steps = Math.min(MOST_STEPS, Math.max(1, size - smaller))
  const [columns, rows] = [axis(lon, 180, steps), axis(lat, MAX_LATITUDE, steps)]
  // In the first and the last row, the next one is that at the other end of the map.
  const south = rows.from > -MAX_LATITUDE ? rows.from - rows.size : MAX_LATITUDE - rows.size
  const north = rows.to < MAX_LATITUDE ? rows.to + rows.size : rows.size - MAX_LATITUDE
  const reached = [
    distance(lon, lat, lon, north),
    distance(lon, lat, lon, south),
    distance(lon, lat, columns.to + columns.size, lat),
    distance(lon, lat, columns.from - columns.size, lat),
  ]
  return steps > 1 && reached.some((edge) => edge < km) ? steps - 1 : steps
}

/** How far a circle reaches to the east and west, where there can be places. */
function halfWidth({ lat, km }: Circle): number {
  const angle = km / EARTH_KM
  const [latitude, limit] = [Math.abs(radians(lat)), radians(MAX_LATITUDE)]
  const widest = latitude + angle < Math.PI / 2 ? Math.asin(Math.sin(latitude) / Math.cos(angle)) : limit
  const at = Math.min(widest, limit)
  const cosine = (Math.cos(angle) - Math.sin(latitude) * Math.sin(at)) / (Math.cos(latitude) * Math.cos(at))
  return degrees(Math.acos(Math.max(-1, Math.min(1, cosine))))
}

/** The distance of two places on RediSearch's sphere, in km. */
function distance(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const u = Math.sin(radians(lat2 - lat1) / 2)
  const v = Math.sin(radians(lon2 - lon1) / 2)
  const chord = u * u + Math.cos(radians(lat1)) * Math.cos(radians(lat2)) * v * v
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(chord)))
}

function radians(angle: number): number {
  return (angle * Math.PI) / 180
}

function degrees(angle: number): number {
  return (angle * 180) / Math.PI
}
