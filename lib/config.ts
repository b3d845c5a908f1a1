import { defineIndex, type IndexDefinition } from './definition.ts'
import { AppError } from './errors.ts'
import { INDEX_DEFINITION } from './index-definition.ts'
import type { RedisSettings } from './redis/connection.ts'
import type { SecretAccess } from './redis/secret.ts'
import { urlProblem, withToken } from './redis/url.ts'

export interface Config {
  redis: RedisSettings
  definition: IndexDefinition
  maxK: number
  /** Whether query vectors of real searches are stored for a week, to measure recall with them. */
  storesQueryVectors: boolean
  /** How long an erased person stays on the erasure list, in milliseconds; undefined if the entry never expires. */
  erasureMs: number | undefined
}

export interface ImportConfig extends Config {
  bucket: string
  importPrefix: string
  reportPrefix: string
  maxRecordBytes: number
  queueUrl: string
  /** How many replicas must have an import's writes before it ends. */
  waitReplicas: number
}

export interface AudienceConfig extends Config {
  bucket: string
  queueUrl: string
  /** The share of Redis's time that a build may take: 0.1 is a tenth. */
  redisShare: number
}

export interface IndexConfig extends Config {
  /** The deployed stack by stage and region; undefined on a developer's machine. */
  stack: string | undefined
  /** The bucket of this stack's imports, if the function knows it. */
  bucket: string | undefined
  /** How long a replaced index version is stored. */
  graceMs: number
  /** Whether the check moves users with unusable vectors to quarantine. */
  mayQuarantine: boolean
}

/** Where this process runs. */
export interface Runtime {
  /** The deployed stage; undefined on a developer's machine. */
  stage: string | undefined
  /** Whether Lambda runs this process. */
  isLambda: boolean
}

type Environment = Record<string, string | undefined>

/**
 * The only reader of the environment, except for LOG_LEVEL, which the logger reads, and the AWS SDK's own variables.
 *
 * @throws AppError CONFIG_INVALID with every problem at once
 */
export function loadConfig(env: Environment = process.env): Config {
  return collect((problem) => readConfig(env, problem))
}

/** The same, with the settings of imports. */
export function loadImportConfig(env: Environment = process.env): ImportConfig {
  return collect((problem) => ({
    ...readConfig(env, problem),
    bucket: env.IMPORT_BUCKET || problem('IMPORT_BUCKET is required: the name of the bucket', ''),
    ...readPrefixes(env, problem),
    maxRecordBytes: readPositiveInteger(env, 'MAX_RECORD_BYTES', 1024 * 1024, problem),
    waitReplicas: readPositiveInteger(env, 'REDIS_WAIT_REPLICAS', 0, problem),
    queueUrl: env.IMPORT_QUEUE_URL || problem('IMPORT_QUEUE_URL is required: the URL of the queue', ''),
  }))
}

/** The same, with the settings of audiences. */
export function loadAudienceConfig(env: Environment = process.env): AudienceConfig {
  return collect((problem) => ({
    ...readConfig(env, problem),
    bucket: env.IMPORT_BUCKET || problem('IMPORT_BUCKET is required: the name of the bucket', ''),
    queueUrl:
      env.AUDIENCE_QUEUE_URL ||
      problem('AUDIENCE_QUEUE_URL is required: the URL of the queue of audiences', ''),
    redisShare: readPercent(env, 'AUDIENCE_REDIS_PERCENT', 10, problem) / 100,
  }))
}

/** The same, with the settings of index versions. */
export function loadIndexConfig(env: Environment = process.env): IndexConfig {
  return collect((problem) => ({
    ...readConfig(env, problem),
    graceMs: readPositiveInteger(env, 'INDEX_GRACE_HOURS', 24, problem) * 3_600_000,
    mayQuarantine: readSwitch(env, 'QUARANTINE', problem),
    stack: env.STAGE ? `${env.STAGE} in ${env.AWS_REGION ?? 'an unknown region'}` : undefined,
    bucket: env.IMPORT_BUCKET || undefined,
  }))
}

/** Reads the settings of the log and of metrics. It cannot fail, so a wrong configuration is logged, too. */
export function loadRuntime(env: Environment = process.env): Runtime {
  return { stage: env.STAGE || undefined, isLambda: Boolean(env.AWS_LAMBDA_RUNTIME_API) }
}

/** The definition alone, for commands that connect to nothing. */
export function loadDefinition(env: Environment = process.env): IndexDefinition {
  return collect((problem) => readDefinition(env.INDEX_DEFINITION, problem))
}

/** Records a problem and returns a substitute, so that the reader continues with the next variable. */
type Problem = <T>(message: string, substitute: T) => T

function collect<T>(read: (problem: Problem) => T): T {
  const problems: string[] = []
  const config = read((message, substitute) => {
    problems.push(message)
    return substitute
  })
  if (problems.length === 0) return config
  throw new AppError('CONFIG_INVALID', ['Environment:', ...problems].join('\n  '))
}

function readConfig(env: Environment, problem: Problem): Config {
  return {
    redis: readRedisSettings(env, problem),
    definition: readDefinition(env.INDEX_DEFINITION, problem),
    maxK: readPositiveInteger(env, 'MAX_K', 1000, problem),
    erasureMs: readDays(env, 'ERASURE_DAYS', problem),
    storesQueryVectors: readSwitch(env, 'KEEP_ASKED_VECTORS', problem, true),
  }
}

function readRedisSettings(env: Environment, problem: Problem): RedisSettings {
  const plaintextHosts = (env.REDIS_PLAINTEXT_HOSTS ?? '')
    .split(',')
    .map((host) => host.trim())
    .filter((host) => host !== '')
  return {
    source: readRedisSource(env, plaintextHosts, problem),
    tls: { ca: env.REDIS_TLS_CA || undefined, servername: env.REDIS_TLS_SERVERNAME || undefined },
    plaintextHosts,
  }
}

function readRedisSource(
  env: Environment,
  plaintextHosts: string[],
  problem: Problem,
): RedisSettings['source'] {
  const url = readUrl(env, problem)
  const name = env.REDIS_URL_PARAMETER || undefined
  const id = env.REDIS_URL_SECRET || undefined
  const count = [url, name, id].filter((value) => value !== undefined).length
  if (count !== 1) {
    const message = `Expected one of REDIS_URL, REDIS_URL_PARAMETER, REDIS_URL_SECRET, got ${count}`
    return problem(message, { from: 'environment', url: '' })
  }
  if (name !== undefined)
    return { from: 'parameter', name, aws: readAws(env, 'ssm', env.AWS_ENDPOINT_URL_SSM, problem) }
  if (id !== undefined) {
    const endpoint = env.AWS_ENDPOINT_URL_SECRETS_MANAGER
    return { from: 'secret', id, aws: readAws(env, 'secretsmanager', endpoint, problem) }
  }
  const fault = urlProblem(url ?? '', plaintextHosts)
  const source = { from: 'environment', url: url ?? '' } as const
  return fault === undefined ? source : problem(`REDIS_URL: ${fault}`, source)
}

/** How to ask for the URL, by the variables that Lambda sets. They are the AWS SDK's own, but no profile is read. */
function readAws(
  env: Environment,
  service: string,
  endpoint: string | undefined,
  problem: Problem,
): SecretAccess {
  const need = (name: string) =>
    env[name] || problem(`${name} is required to read the URL of Redis: Lambda sets it`, '')
  const region = need('AWS_REGION')
  const fips = env.AWS_USE_FIPS_ENDPOINT === 'true' ? '-fips' : ''
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  return {
    region,
    endpoint: endpoint || env.AWS_ENDPOINT_URL || `https://${service}${fips}.${region}.${domain}`,
    credentials: {
      accessKeyId: need('AWS_ACCESS_KEY_ID'),
      secretAccessKey: need('AWS_SECRET_ACCESS_KEY'),
      sessionToken: env.AWS_SESSION_TOKEN || undefined,
    },
  }
}

/** REDIS_URL. For a gateway, it includes REDIS_TOKEN, as a URL from a parameter or a secret does. */
function readUrl({ REDIS_URL, REDIS_TOKEN }: Environment, problem: Problem): string | undefined {
  if (!REDIS_TOKEN) return REDIS_URL || undefined
  const expected = 'REDIS_TOKEN: expected REDIS_URL to be https://…, without a token of its own'
  return withToken(REDIS_URL ?? '', REDIS_TOKEN) ?? problem(expected, REDIS_URL)
}

function readDefinition(text: string | undefined, problem: Problem): IndexDefinition {
  const useDefault = () => defineIndex(INDEX_DEFINITION)
  if (!text) return useDefault()
  try {
    return defineIndex(INDEX_DEFINITION, JSON.parse(text))
  } catch (error) {
    const reason =
      error instanceof AppError
        ? error.message.replaceAll('\n', '\n  ')
        : 'expected JSON text, got text that is not JSON'
    return problem(`INDEX_DEFINITION: ${reason}`, useDefault())
  }
}

function readPositiveInteger(env: Environment, name: string, otherwise: number, problem: Problem): number {
  const text = env[name]
  if (!text) return otherwise
  // Not Number(text): it accepts '' as 0 and '1e3' as 1000.
  if (!/^[1-9]\d{0,8}$/.test(text))
    return problem(`${name}: expected a whole number above 0, got "${text}"`, otherwise)
  return Number(text)
}

function readDays(env: Environment, name: string, problem: Problem): number | undefined {
  return env[name] ? readPositiveInteger(env, name, 1, problem) * 86_400_000 : undefined
}

function readPercent(env: Environment, name: string, otherwise: number, problem: Problem): number {
  const percent = readPositiveInteger(env, name, otherwise, problem)
  return percent <= 100 ? percent : problem(`${name}: expected at most 100, got ${percent}`, otherwise)
}

function readSwitch(env: Environment, name: string, problem: Problem, otherwise = false): boolean {
  const text = env[name] || String(otherwise)
  if (text === 'true' || text === 'false') return text === 'true'
  return problem(`${name}: expected true or false, got "${text}"`, otherwise)
}

/** The prefixes must not overlap: a report below the imports would be imported, and so would its report, forever. */
function readPrefixes(env: Environment, problem: Problem) {
  const importPrefix = readPrefix(env, 'IMPORT_PREFIX', 'imports/', problem)
  const reportPrefix = readPrefix(env, 'REPORT_PREFIX', 'reports/', problem)
  const prefixes = { importPrefix, reportPrefix }
  if (!importPrefix.startsWith(reportPrefix) && !reportPrefix.startsWith(importPrefix)) return prefixes
  const expected = 'REPORT_PREFIX: expected a prefix that does not overlap IMPORT_PREFIX'
  return problem(`${expected}, got "${reportPrefix}" and "${importPrefix}"`, prefixes)
}

function readPrefix(env: Environment, name: string, otherwise: string, problem: Problem): string {
  const prefix = env[name] || otherwise
  if (!prefix.endsWith('/'))
    return problem(`${name}: expected a prefix that ends in /, got "${prefix}"`, otherwise)
  return prefix
}
