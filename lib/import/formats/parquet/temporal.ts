const DAYS_PER_ERA = 146_097
const MILLIS_PER_DAY = 86_400_000
/** The days from the first of March of the year 0 to 1970. */
const DAYS_TO_1970 = 719_468
/** Postgres and DuckDB store what has no end as the largest number, and what has no beginning as its negative. */
const [INFINITE_DAYS, INFINITE_UNITS] = [2 ** 31 - 1, 2n ** 63n - 1n]
/** Julian day number of 1970-01-01, from which INT96 counts. */
const JULIAN_DAY_OF_1970 = 2_440_588n
const NANOS_PER_DAY = 86_400_000_000_000n

/**
 * Writes a day as ISO 8601 says, in the proleptic Gregorian calendar: `2026-03-01`, and beyond four digits
 * `+010000-01-01`. The year 0 is 1 BC. JavaScript's Date ends at the year 275760, and Parquet's days at 5881580.
 *
 * @param days since 1970-01-01
 */
export function dateText(days: number): string {
  if (Math.abs(days) === INFINITE_DAYS) return days < 0 ? '-infinity' : 'infinity'
  return dayText(days)
}

/**
 * Writes a moment as ISO 8601 says: `2026-03-01T12:00:00.123456Z`.
 *
 * @param units since 1970-01-01T00:00Z
 * @param digits of the fraction of a second that a unit is: 3, 6 or 9
 */
export function instantText(units: bigint, digits: number): string {
  if (units === INFINITE_UNITS || units === -INFINITE_UNITS) return units < 0n ? '-infinity' : 'infinity'
  const perMilli = 10n ** BigInt(digits - 3)
  const perDay = BigInt(MILLIS_PER_DAY) * perMilli
  const ofDay = ((units % perDay) + perDay) % perDay
  const day = dayText(Number((units - ofDay) / perDay))
  const second = new Date(Number(ofDay / perMilli)).toISOString().slice('1970-01-01T'.length, -'.000Z'.length)
  const fraction = String(ofDay % (perMilli * 1000n)).padStart(digits, '0')
  return `${day}T${second}.${fraction}Z`
}

/** Of the older INT96: eight bytes of nanoseconds of the day, and four of the Julian day. */
export function int96Text(bytes: Buffer): string {
  const days = BigInt(bytes.readInt32LE(8)) - JULIAN_DAY_OF_1970
  return instantText(days * NANOS_PER_DAY + bytes.readBigInt64LE(0), 9)
}

/** Months, days and milliseconds as ISO 8601 writes a duration: `P14M3DT4.005S`. */
export function intervalText(bytes: Buffer): string {
  const [months, days, millis] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)]
  const date = `${months > 0 ? `${months}M` : ''}${days > 0 ? `${days}D` : ''}`
  const time = millis > 0 ? `T${millis / 1000}S` : ''
  return date + time === '' ? 'PT0S' : `P${date}${time}`
}

/** https://howardhinnant.github.io/date_algorithms.html#civil_from_days, with years that begin in March. */
function dayText(days: number): string {
  const shifted = days + DAYS_TO_1970
  const era = Math.floor(shifted / DAYS_PER_ERA)
  const ofEra = shifted - era * DAYS_PER_ERA
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  )
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153)
  const day = ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${yearText(year)}-${twoDigits(month)}-${twoDigits(day)}`
}

function yearText(year: number): string {
  if (year >= 0 && year <= 9999) return String(year).padStart(4, '0')
  return `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}
