import { defineIndex, type IndexDefinition } from './definition.ts'
import { AppError } from './errors.ts'
import { INDEX_DEFINITION } from './index-definition.ts'
import type { RedisSettings } from './redis/connection.ts'
import { urlProblem, withToken } from './redis/url.ts'

export interface Config {
  redis: RedisSettings
  definition: IndexDefinition
  maxK: number
  /** Whether vectors of real searches are kept for a week, to measure recall by. */
  keepsAsked: boolean
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
  /** How much of Redis's time a build may take: 0.1 is a tenth. */
  redisShare: number
}

export interface IndexConfig extends Config {
  /** How long an index is kept that another has replaced. */
  graceMs: number
  /** Whether the check takes users with unusable vectors out of the index. */
  mayQuarantine: boolean
}

type Environment = Record<string, string | undefined>

/**
 * The one reader of the environment (but for LOG_LEVEL, which the logger reads, and the AWS SDK's own variables).
 *
 * @throws AppError CONFIG_INVALID that lists every problem at once
 */
export function loadConfig(env: Environment = process.env): Config {
  return collect((problem) => readConfig(env, problem))
}

/** The same, with what importing needs. */
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

/** The same, with what audiences need. */
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

/** The same, with what the life of the index needs. */
export function loadIndexConfig(env: Environment = process.env): IndexConfig {
  return collect((problem) => ({
    ...readConfig(env, problem),
    graceMs: readPositiveInteger(env, 'INDEX_GRACE_HOURS', 24, problem) * 3_600_000,
    mayQuarantine: readSwitch(env, 'QUARANTINE', problem),
  }))
}

/** The definition alone, for who connects to nothing. */
export function loadDefinition(env: Environment = process.env): IndexDefinition {
  return collect((problem) => readDefinition(env.INDEX_DEFINITION, problem))
}

/** Notes what is wrong and gives a stand-in, so that the reading goes on to the next variable. */
type Problem = <T>(message: string, standIn: T) => T

function collect<T>(read: (problem: Problem) => T): T {
  const problems: string[] = []
  const config = read((message, standIn) => {
    problems.push(message)
    return standIn
  })
  if (problems.length === 0) return config
  throw new AppError('CONFIG_INVALID', ['Environment:', ...problems].join('\n  '))
}

function readConfig(env: Environment, problem: Problem): Config {
  return {
    redis: readRedisSettings(env, problem),
    definition: readDefinition(env.INDEX_DEFINITION, problem),
    maxK: readPositiveInteger(env, 'MAX_K', 1000, problem),
    keepsAsked: readSwitch(env, 'KEEP_ASKED_VECTORS', problem, true),
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
  const given = [url, name, id].filter((value) => value !== undefined).length
  if (given !== 1) {
    const message = `Expected one of REDIS_URL, REDIS_URL_PARAMETER, REDIS_URL_SECRET, got ${given}`
    return problem(message, { from: 'environment', url: '' })
  }
  if (name !== undefined) return { from: 'parameter', name }
  if (id !== undefined) return { from: 'secret', id }
  const wrong = urlProblem(url ?? '', plaintextHosts)
  const source = { from: 'environment', url: url ?? '' } as const
  return wrong === undefined ? source : problem(`REDIS_URL: ${wrong}`, source)
}

/** REDIS_URL; of a gateway, with REDIS_TOKEN in the place where the one in a parameter or a secret has it. */
function readUrl({ REDIS_URL, REDIS_TOKEN }: Environment, problem: Problem): string | undefined {
  if (!REDIS_TOKEN) return REDIS_URL || undefined
  const expected = 'REDIS_TOKEN: expected REDIS_URL to be https://…, without a token of its own'
  return withToken(REDIS_URL ?? '', REDIS_TOKEN) ?? problem(expected, REDIS_URL)
}

function readDefinition(text: string | undefined, problem: Problem): IndexDefinition {
  const unchanged = () => defineIndex(INDEX_DEFINITION)
  if (!text) return unchanged()
  try {
    return defineIndex(INDEX_DEFINITION, JSON.parse(text))
  } catch (error) {
    const reason = error instanceof AppError ? error.message.replaceAll('\n', '\n  ') : 'expected JSON text'
    return problem(`INDEX_DEFINITION: ${reason}`, unchanged())
  }
}

function readPositiveInteger(env: Environment, name: string, otherwise: number, problem: Problem): number {
  const text = env[name]
  if (!text) return otherwise
  // Not Number(text): '' would become 0 and '1e3' 1000.
  if (!/^[1-9]\d{0,8}$/.test(text))
    return problem(`${name}: expected a whole number above 0, got "${text}"`, otherwise)
  return Number(text)
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

/** Apart: a report below the imports would be imported, and its report, too, for ever. */
function readPrefixes(env: Environment, problem: Problem) {
  const importPrefix = readPrefix(env, 'IMPORT_PREFIX', 'imports/', problem)
  const reportPrefix = readPrefix(env, 'REPORT_PREFIX', 'reports/', problem)
  const prefixes = { importPrefix, reportPrefix }
  if (!importPrefix.startsWith(reportPrefix) && !reportPrefix.startsWith(importPrefix)) return prefixes
  const expected = 'REPORT_PREFIX: expected a prefix apart from IMPORT_PREFIX, neither below the other'
  return problem(`${expected}, got "${reportPrefix}" and "${importPrefix}"`, prefixes)
}

function readPrefix(env: Environment, name: string, otherwise: string, problem: Problem): string {
  const prefix = env[name] || otherwise
  if (!prefix.endsWith('/'))
    return problem(`${name}: expected a prefix that ends in /, got "${prefix}"`, otherwise)
  return prefix
}
