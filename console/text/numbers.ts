/** Numbers, times and sizes in the reader's own language and time zone. */

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 })
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

export const count = (value: number): string => whole.format(value)

/** `1 customer`, `5,000 customers` */
export function countOf(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** A share from 0 to 1. It never rounds up to 100 %: that would claim what is not so. */
export function percent(share: number, digits = 1): string {
  const factor = 10 ** (digits + 2)
  const shown = share >= 1 ? share : Math.floor(share * factor + 1e-9) / factor
  return new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: digits }).format(shown)
}

export function decimal(value: number, digits = 3): string {
  return new Intl.NumberFormat(undefined, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value)
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

export function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3))
  const shown = value / 1000 ** power
  return new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit: UNITS[power] ?? 'byte',
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power === 0 || shown >= 100 ? 0 : 1,
  }).format(shown)
}

/** `340 ms`, `12 s`, `4 min` */
export function duration(ms: number): string {
  const [unit, value] =
    ms < 1_000
      ? ['millisecond', ms]
      : ms < 120_000
        ? ['second', ms / 1_000]
        : ms < 7_200_000
          ? ['minute', ms / 60_000]
          : ['hour', ms / 3_600_000]
  const maximumFractionDigits = value < 10 && unit !== 'minute' ? 1 : 0
  return new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit: String(unit),
    unitDisplay: 'short',
    maximumFractionDigits,
  }).format(Number(value))
}

export const dateTime = (iso: string): string => clock.format(new Date(iso))

/** `5 minutes ago` */
export function ago(iso: string, now = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1000
  const size = Math.abs(seconds)
  if (size < 60) return relative.format(Math.round(seconds), 'second')
  if (size < 3_600) return relative.format(Math.round(seconds / 60), 'minute')
  if (size < 86_400) return relative.format(Math.round(seconds / 3_600), 'hour')
  return relative.format(Math.round(seconds / 86_400), 'day')
}
