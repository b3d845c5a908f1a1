import { MultiBar, Presets } from 'cli-progress'
import type { ImportReport } from '../../lib/import/import-report-schema.ts'

/** A bar for each file on a terminal; elsewhere nothing, the reports say enough. */
export function importProgress() {
  const bars = new MultiBar(
    {
      format: '{name} {step} {bar} {percentage} % {rate}',
      hideCursor: true,
      clearOnComplete: true,
      // The rate is that of users, not of bytes.
      barsize: 24,
    },
    Presets.shades_classic,
  )
  return {
    add(name: string) {
      const bar = bars.create(1, 0, { name, step: 'upload', rate: '' })
      return {
        uploaded(bytes: number, size: number) {
          bar.setTotal(Math.max(1, size))
          bar.update(bytes)
        },
        imported({ bytesRead, size, read, rejected, startedAt, updatedAt }: ImportReport) {
          bar.setTotal(Math.max(1, size))
          const seconds = (Date.parse(updatedAt) - Date.parse(startedAt)) / 1000
          const perSecond = seconds > 0 ? `, ${Math.round(read / seconds)} users/s` : ''
          bar.update(bytesRead, { step: 'import', rate: `${read} users, ${rejected} rejected${perSecond}` })
        },
      }
    },
    stop: () => bars.stop(),
  }
}
