import { Presets, SingleBar } from 'cli-progress'
import type { Audience } from '../../client/src/index.ts'

/** A bar on stderr, if that is a terminal that can move its cursor. */
export function audienceBar() {
  const bar = new SingleBar(
    {
      format: '{state} {bar} {percentage} % {scanned} customers',
      ...{ hideCursor: true, clearOnComplete: true, barsize: 20 },
      // It would leave the process running at Ctrl-C. The command calls stop() in every case.
      gracefulExit: false,
    },
    Presets.shades_classic,
  )
  const isShown = process.env.TERM !== 'dumb' && process.stderr.isTTY
  let isStarted = false
  return {
    show({ state, percent, scanned }: Audience): void {
      if (!isShown) return
      if (!isStarted) bar.start(100, 0, { state, scanned })
      isStarted = true
      bar.update(percent, { state: state.toLowerCase(), scanned })
    },
    stop: () => isStarted && bar.stop(),
  }
}
