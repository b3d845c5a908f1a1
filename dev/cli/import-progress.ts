import { MultiBar, Presets } from 'cli-progress'
import type { ImportReport } from '../../lib/import/import-report-schema.ts'
import { escapeUnsafe } from '../../lib/lambda/visible.ts'
import { padEnd, truncate } from './layout.ts'

const NAME_WIDTH = 20

export interface ImportBar {
  uploaded(bytes: number, size: number): void
  imported(report: ImportReport): void
}

/** A bar for each file, on stderr, if that is a terminal that can move its cursor. Elsewhere the reports say enough. */
export function importProgress() {
  const bars = new MultiBar(
    {
      format: '{name} {step} {bar} {percentage} % {rate}',
      hideCursor: true,
      clearOnComplete: true,
      barsize: 12,
      // It would leave the process running at Ctrl-C. The command calls stop() in every case.
      gracefulExit: false,
    },
    Presets.shades_classic,
  )
  const isShown = process.env.TERM !== 'dumb'
  return {
    add(name: string): ImportBar {
      if (!isShown) return { uploaded() {}, imported() {} }
      const shownName = padEnd(truncate(escapeUnsafe(name), NAME_WIDTH), NAME_WIDTH)
      const bar = bars.create(1, 0, { name: shownName, step: 'upload ', rate: '' })
      return {
        uploaded(bytes, size) {
          bar.setTotal(Math.max(1, size))
          bar.update(bytes)
        },
        imported({ bytesRead, size, read, rejected, dryRun, startedAt, updatedAt }) {
          bar.setTotal(Math.max(1, size))
          const seconds = (Date.parse(updatedAt) - Date.parse(startedAt)) / 1000
          const perSecond = seconds > 0 ? `, ${Math.round(read / seconds)}/s` : ''
          const step = dryRun ? 'dry run' : 'import '
          bar.update(bytesRead, { step, rate: `${read} users, ${rejected} rejected${perSecond}` })
        },
      }
    },
    stop: () => bars.stop(),
  }
}
