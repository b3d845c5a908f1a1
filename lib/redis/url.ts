import { AppError } from '../errors.ts'

/** Where the Redis URL comes from: the environment itself, or a secret that is read when it is needed. */
export type RedisSource =
  | { from: 'environment'; url: string }
  | { from: 'parameter'; name: string }
  | { from: 'secret'; id: string }

/** The URL, kept between connections. */
export interface RedisUrl {
  read(): Promise<string>
  /** Reads it again, after Redis has refused the password: somebody may have rotated it. */
  reread(): Promise<string>
}

/** However often connections fail, SSM and Secrets Manager are asked no more often than this. */
const REREAD_AFTER_MS = 5_000

/**
 * Reads the URL where the configuration says. The AWS clients are loaded only when they are needed: a search with
 * REDIS_URL in its environment does not pay for them at a cold start.
 *
 * @throws AppError SECRET_UNAVAILABLE, CONFIG_INVALID
 */
export function redisUrl(source: RedisSource, plaintextHosts: readonly string[] = []): RedisUrl {
  let known: Promise<string> | undefined
  let readAt = 0

  function reread(): Promise<string> {
    if (known !== undefined && Date.now() - readAt < REREAD_AFTER_MS) return known
    readAt = Date.now()
    const reading = readUrl(source, plaintextHosts)
    known = reading
    reading.catch(() => {
      if (known === reading) known = undefined
    })
    return reading
  }

  return { read: () => known ?? reread(), reread }
}

/** What is wrong with a Redis URL, in words that do not show it: it may hold a password. */
export function urlProblem(text: string, plaintextHosts: readonly string[]): string | undefined {
  const expected = 'expected redis://host:port or rediss://…'
  if (!URL.canParse(text)) return expected
  const { protocol, hostname } = new URL(text)
  if (protocol === 'rediss:') return undefined
  if (protocol !== 'redis:') return expected
  if (isLoopback(hostname) || plaintextHosts.includes(hostname)) return undefined
  return `expected rediss:// (redis:// would send the password and every user to ${hostname} in the clear; where the network is trusted, name the host in REDIS_PLAINTEXT_HOSTS)`
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

async function readUrl(source: RedisSource, plaintextHosts: readonly string[]): Promise<string> {
  if (source.from === 'environment') return source.url
  const where = source.from === 'parameter' ? `SSM parameter ${source.name}` : `secret ${source.id}`
  const reading = source.from === 'parameter' ? readParameter(source.name) : readSecret(source.id)
  const url = await reading.catch((cause: unknown) => {
    throw new AppError('SECRET_UNAVAILABLE', `The ${where} cannot be read`, { cause })
  })
  const problem = urlProblem(url, plaintextHosts)
  if (problem === undefined) return url
  throw new AppError('CONFIG_INVALID', `The ${where}: ${problem}`)
}

async function readParameter(name: string): Promise<string> {
  const { SSMClient, GetParameterCommand } = await import('@aws-sdk/client-ssm')
  const { Parameter } = await new SSMClient().send(
    new GetParameterCommand({ Name: name, WithDecryption: true }),
  )
  return Parameter?.Value ?? ''
}

async function readSecret(id: string): Promise<string> {
  const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager')
  const { SecretString } = await new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId: id }))
  return SecretString ?? ''
}
