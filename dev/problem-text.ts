import type { Drift } from '../lib/index-state/drift-schema.ts'
import { hostsOf } from '../lib/redis/url.ts'
import { findDimensionDrift, type SettledIndex } from './settle-index.ts'

interface Place {
  dataDir: string
  /** The URL of a foreign Redis. */
  redisUrl: string | undefined
}

/** Describes how the index differs from its definition after a start, and the ways out. */
export function problemText({ status, problem }: SettledIndex, place: Place): string {
  const { state, drift, documents, percentIndexed } = status
  const reason = problem === null ? [] : [problem]
  if (state !== 'drifted') {
    return [`Lookalike runs, and is not ready: the index is ${state} (${percentIndexed} %).`, ...reason].join(
      '\n',
    )
  }
  const dimensions = findDimensionDrift(drift)
  const where = place.redisUrl === undefined ? place.dataDir : `the Redis at ${hostsOf(place.redisUrl)}`
  return [
    `Lookalike runs, and is not ready: the data in ${where} are of another definition.`,
    ...drift.map(driftText),
    ...reason,
    '',
    'Until then imports wait, and no answer to a search is complete. The ways out:',
    ...(dimensions !== undefined && documents > 0
      ? [
          `  npm run index -- apply --force   begins an index of ${dimensions.expected} dimensions: no user is found in it`,
          '                                   before the import of a vector of that length',
        ]
      : [
          '  npm run index -- apply           changes the index; "npm run index -- plan" shows what that takes',
        ]),
    ...(place.redisUrl === undefined
      ? ['  DATA_DIR=FOLDER npm start        starts with other data, and keeps these']
      : ['  another name and prefix in the definition, which keeps both indexes']),
    '  the definition of these data     in INDEX_DEFINITION or lib/index-definition.ts, and a new start',
  ].join('\n')
}

function driftText({ field, expected, actual }: Drift): string {
  return `  ${field}: ${valueText(expected)} in the definition, ${valueText(actual)} in the index`
}

function valueText(value: Drift['expected']): string {
  return value === null ? 'none' : JSON.stringify(value)
}
