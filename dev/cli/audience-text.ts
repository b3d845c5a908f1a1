import type { Audience, Preview } from '../../client/src/index.ts'

const BAR_WIDTH = 40

/** The curve as bars: how similar the last customer is of an audience of each size. */
export function curveText({ curve, matched, sampled, users, holdout, warnings }: Preview): string {
  return [
    `${matched} customers match; ${sampled} were looked at.`,
    ...(users === null ? [] : [`The audience has about ${users}.`]),
    '',
    ...bars(curve),
    '',
    ...holdoutLines(holdout),
    ...warnings,
  ].join('\n')
}

export function audienceText(
  { state, counts, curve, holdout, certificate, seeds, warnings, problem }: Audience,
  out: string | undefined,
): string {
  const left = `${counts.seeds} seeds, ${counts.excluded} excluded, ${counts.unliked} unliked`
  const certified =
    certificate && `${certificate.missed} of ${certificate.sampled} checked customers were missed`
  return [
    problem === null ? `${state}: ${counts.exported} customers in ${out}` : `${state}: ${problem.message}`,
    `${counts.matched} matched: ${left}, ${counts.beyondSize} beyond the size, ${counts.unreadable} unreadable.`,
    `${seeds.used} of ${seeds.given} seeds used: ${seeds.missing} missing, ${seeds.unsearchable} unsearchable, ${seeds.doubled} doubled.`,
    ...(curve.length === 0 ? [] : ['', ...bars(curve), '']),
    ...holdoutLines(holdout),
    ...(certificate ? [`${certified}; at most ${certificate.missedAtMost} of all (95 %).`] : []),
    ...warnings,
  ].join('\n')
}

function bars(curve: Preview['curve']): string[] {
  const least = Math.min(...curve.map(({ similarity }) => similarity))
  const most = Math.max(...curve.map(({ similarity }) => similarity))
  return curve.map(({ percent, users, similarity }) => {
    // Half a bar for the least similar: what counts is where the curve drops.
    const share = most === least ? 1 : 0.1 + (0.9 * (similarity - least)) / (most - least)
    const bar = '█'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH)
    return `${String(percent).padStart(5)} % ${String(users).padStart(9)}  ${bar} ${similarity.toFixed(4)}`
  })
}

function holdoutLines(holdout: Preview['holdout']): string[] {
  if (holdout === null) return []
  const { seeds, found, expectedByChance, lift } = holdout
  return [
    `Of ${seeds} seeds that were left out, the others find ${found}; chance would find ${expectedByChance}${lift === null ? '' : ` (lift ${lift})`}.`,
  ]
}
