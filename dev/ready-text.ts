import type { Client } from '../client/src/index.ts'
import type { IndexDefinition } from '../lib/definition.ts'
import { hostsOf, isHttpUrl } from '../lib/redis/url.ts'
import { localTarget } from './cli/target.ts'
import { problemText } from './problem-text.ts'
import type { SettledIndex } from './settle-index.ts'
import type { StackAddresses } from './stack.ts'

export interface CurrentSettings {
  definition: IndexDefinition
  maxK: number
  dataDir: string
  /** The URL of a foreign Redis. */
  redisUrl: string | undefined
}

/** Longer vectors are too long for a typed example. */
const SHOWN_COMPONENTS = 8
/** An id that needs no quotes in a shell or a URL. */
const PLAIN_ID = /^\w[\w.@+-]{0,60}$/

/** The text after a successful start: the addresses, and examples that work on this machine. */
export async function readyText(
  stack: StackAddresses,
  settled: SettledIndex,
  inForce: CurrentSettings,
): Promise<string> {
  const isReady = settled.status.state === 'ready'
  const id = isReady ? await exampleUser(localTarget(stack).api, inForce) : undefined
  const { apiUrl, s3Url, bucket, redisUrl } = stack
  const imports = isHttpUrl(redisUrl) || !isReady ? '' : ': what you put under imports/ is imported'
  return [
    `\n${isReady ? 'Lookalike is ready.' : problemText(settled, inForce)}\n`,
    `  Console  ${apiUrl}/console/`,
    `  API      ${apiUrl}${id === undefined ? '' : `      try ${apiUrl}/users/${id}/similar?k=${Math.min(3, inForce.maxK)}`}`,
    `  S3       ${s3Url}      bucket ${bucket}${imports}`,
    `  Redis    ${hostsOf(redisUrl)}`,
    ...(isReady ? ['', ...exampleCommands(inForce, id, isHttpUrl(redisUrl))] : []),
    '\nCtrl-C ends it.',
  ].join('\n')
}

function exampleCommands(
  { definition, maxK }: CurrentSettings,
  id: string | undefined,
  isHttp: boolean,
): string[] {
  const { dimensions } = definition.vector
  const vector =
    dimensions <= SHOWN_COMPONENTS
      ? exampleVector(definition).join()
      : `$(node -p 'Array(${dimensions}).fill(0.1).join()')`
  const query = dimensions > SHOWN_COMPONENTS && id !== undefined ? `--user ${id}` : `--vector ${vector}`
  return [
    `  npm run search -- ${query} --k ${Math.min(2, maxK)}`,
    ...(isHttp ? [] : ['  npm run import -- FILE.ndjson']),
  ]
}

/**
 * The id of a user that needs no quotes. undefined if none of the nearest users has such an id, or if no answer came.
 */
async function exampleUser(api: Client, { definition, maxK }: CurrentSettings): Promise<string | undefined> {
  const query = { vector: exampleVector(definition), k: Math.min(10, maxK) }
  const { results } = await api.search(query).catch(() => ({ results: [] }))
  return results.map(({ id }) => id).find((id) => PLAIN_ID.test(id))
}

/** The bike shop's vector, if its dimensions fit. */
function exampleVector({ vector: { dimensions } }: IndexDefinition): number[] {
  return dimensions === 3 ? [0.9, 0.7, 0.2] : new Array(dimensions).fill(0.1)
}
