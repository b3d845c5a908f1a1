import { AppError } from '../errors.ts'

/** Where the Redis URL comes from: the environment itself, or a secret that is read when a connection is opened. */
export type RedisSource =
  | { from: 'environment'; url: string }
  | { from: 'parameter'; name: string }
  | { from: 'secret'; id: string }

/** True for a URL that the connection understands. */
export function isRedisUrl(text: string): boolean {
  return URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol)
}

/**
 * The Redis URL, read where the configuration says. The AWS clients are loaded only when they are needed: a search
 * with REDIS_URL in its environment does not pay for them at a cold start.
 *
 * @throws AppError SECRET_UNAVAILABLE, CONFIG_INVALID
 */
export async function redisUrl(source: RedisSource): Promise<string> {
  if (source.from === 'environment') return source.url
  const where = source.from === 'parameter' ? `SSM parameter ${source.name}` : `secret ${source.id}`
  const reading = source.from === 'parameter' ? readParameter(source.name) : readSecret(source.id)
  const url = await reading.catch((cause: unknown) => {
    throw new AppError('SECRET_UNAVAILABLE', `The ${where} cannot be read`, { cause })
  })
  if (url !== undefined && isRedisUrl(url)) return url
  throw new AppError('CONFIG_INVALID', `Expected the ${where} to hold redis://… or rediss://…`)
}

async function readParameter(name: string): Promise<string | undefined> {
  const { SSMClient, GetParameterCommand } = await import('@aws-sdk/client-ssm')
  const { Parameter } = await new SSMClient().send(
    new GetParameterCommand({ Name: name, WithDecryption: true }),
  )
  return Parameter?.Value
}

async function readSecret(id: string): Promise<string | undefined> {
  const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager')
  const { SecretString } = await new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId: id }))
  return SecretString
}
