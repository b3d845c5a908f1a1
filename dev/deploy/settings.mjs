import { reservedConcurrency } from './concurrency.mjs'

/**
 * The settings of a stage, as `params` in serverless.yml and the option --param give them.
 *
 * @typedef {Record<string, unknown>} Settings
 */

const LOG_RETENTIONS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557]
const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT']
const SHIFTING =
  /^(none|AllAtOnce|Canary10Percent(5|10|15|30)Minutes|Linear10PercentEvery(1|2|3|10)Minutes?)$/
const ARN = (/** @type {string} */ service) => RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]+:\\d{12}:\\S+$`)
// The name is part of an ARN. In that of a parameter, its leading slash separates it from the rest.
const SECRET_NAME = /^\/[\w.-]+(\/[\w.-]+)*$/

const secretName = matching(SECRET_NAME, 'a name such as /lookalike/prod/redis-url, with its leading slash')
const trueOrFalse = matching(/^(true|false)$/, 'true or false')
const wholeNumber = matching(/^[1-9]\d{0,8}$/, 'a whole number above 0')

/**
 * Each setting, and the check of its text. A check returns what it expected, or undefined if the text is right.
 *
 * @type {Record<string, (text: string) => string | undefined>}
 */
const checks = {
  redisUrlFrom: matching(/^(ssm|secretsmanager)$/, 'ssm or secretsmanager'),
  redisUrlName: secretName,
  provisionIndexRedisUrlName: secretName,
  checkIndexRedisUrlName: secretName,
  importUsersRedisUrlName: secretName,
  importsRedisUrlName: secretName,
  audiencesRedisUrlName: secretName,
  buildAudienceRedisUrlName: secretName,
  searchUsersRedisUrlName: secretName,
  usersRedisUrlName: secretName,
  healthRedisUrlName: secretName,
  // At most 3,000 bytes: Lambda limits all variables of a function to 4 KB.
  redisTlsCa: optional(matching(/^-----BEGIN CERTIFICATE-----[\s\S]{1,2900}$/, 'PEM of at most 2,900 bytes')),
  redisTlsServername: optional(matching(/^[\w.-]+$/, 'a host name')),
  redisPlaintextHosts: optional(matching(/^[^\s,]+(\s*,\s*[^\s,]+)*$/, 'hosts, separated by commas')),
  redisWaitReplicas: optional(wholeNumber),
  redisMaxClients: optional(wholeNumber),
  accountConcurrency: wholeNumber,
  bucket: checkBucket,
  createBucket: trueOrFalse,
  importsRetentionDays: optional(wholeNumber),
  indexDefinition: optional(checkJsonObject),
  subnetIds: optional(listOf('subnet')),
  securityGroupIds: optional(listOf('sg')),
  authorizer: matching(/^(iam|jwt)$/, 'iam or jwt'),
  jwtIssuer: optional(matching(/^https:\/\/[^\s/]+\S*$/, 'a URL that begins with https://')),
  jwtAudience: optional(matching(/^[^\s,]+(\s*,\s*[^\s,]+)*$/, 'audiences, separated by commas')),
  consoleOrigins: matching(/^https?:\/\/[^\s,/]+(,https?:\/\/[^\s,/]+)*$/, 'origins, separated by commas'),
  apiRequestsPerSecond: wholeNumber,
  apiBurst: wholeNumber,
  maxRecordBytes: wholeNumber,
  audienceRedisPercent: matching(/^([1-9]\d?|100)$/, 'a whole number from 1 to 100'),
  quarantine: trueOrFalse,
  erasureDays: optional(wholeNumber),
  logLevel: matching(RegExp(`^(${LOG_LEVELS.join('|')})$`), `one of ${LOG_LEVELS.join(', ')}`),
  logRetentionDays: matching(
    RegExp(`^(${LOG_RETENTIONS.join('|')})$`),
    `one of the numbers of days that CloudWatch Logs takes: ${LOG_RETENTIONS.join(', ')}`,
  ),
  tracing: trueOrFalse,
  alarms: trueOrFalse,
  alarmTopicArn: optional(
    matching(ARN('sns'), 'the ARN of an SNS topic: arn:aws:sns:<region>:<account>:<name>'),
  ),
  alarmEmail: optional(matching(/^[^\s@]+@[^\s@]+$/, 'an email address')),
  shifting: matching(
    SHIFTING,
    'none, AllAtOnce, Canary10Percent5Minutes (10, 15, 30), or Linear10PercentEvery1Minute (2Minutes, 3Minutes, 10Minutes)',
  ),
  tags: optional(matching(/^[^=,]+=[^,]*(,[^=,]+=[^,]*)*$/, 'name=value pairs, separated by commas')),
}

/** The names of all settings. A test compares them with `params` in serverless.yml. */
export const settingNames = Object.keys(checks)

/**
 * Every problem of a stage's settings, one line each.
 *
 * @param {string} stage
 * @param {Settings} settings
 * @returns {string[]}
 */
export function settingProblems(stage, settings) {
  const problems = Object.entries(settings).flatMap(([name, value]) => {
    if (!(name in checks)) return [`${name}: no setting has this name (params in serverless.yml lists them)`]
    const expected = checks[name]?.(String(value))
    return expected === undefined ? [] : [`${name}: expected ${expected}, got "${shorten(String(value))}"`]
  })
  if (problems.length > 0) return problems
  return [...stageProblems(stage, settings), ...pairProblems(settings), ...concurrencyProblems(settings)]
}

/**
 * @param {string} stage
 * @param {Settings} settings
 */
function stageProblems(stage, settings) {
  const isDefault = isDefaultBucket(String(settings.bucket))
  if (/^[a-z0-9-]{1,24}$/.test(stage) || (!isDefault && /^[\w-]{1,24}$/.test(stage))) return []
  return [
    `--stage: expected at most 24 lower-case letters, digits and hyphens, because the bucket's name contains it, got "${stage}"`,
  ]
}

/** @param {Settings} settings */
function pairProblems({ subnetIds, securityGroupIds, authorizer, jwtIssuer, jwtAudience, alarms, ...rest }) {
  const problems = []
  if ((subnetIds === '') !== (securityGroupIds === ''))
    problems.push('subnetIds, securityGroupIds: expected both (functions in a VPC) or neither, got one')
  if (authorizer === 'jwt' && (jwtIssuer === '' || jwtAudience === ''))
    problems.push('jwtIssuer, jwtAudience: expected both with authorizer=jwt')
  if (authorizer === 'iam' && (jwtIssuer !== '' || jwtAudience !== ''))
    problems.push('authorizer: expected jwt with jwtIssuer or jwtAudience, got "iam"')
  if (rest.alarmTopicArn !== '' && rest.alarmEmail !== '')
    problems.push('alarmTopicArn, alarmEmail: expected one of them: subscribe the address to your topic')
  if (String(alarms) === 'false' && (rest.alarmTopicArn !== '' || rest.alarmEmail !== ''))
    problems.push('alarms: expected true with alarmTopicArn or alarmEmail, got "false"')
  if (String(alarms) === 'false' && rest.shifting !== 'none')
    problems.push('alarms: expected true with shifting, because an alarm reverts it, got "false"')
  if (Number(rest.apiBurst) < Number(rest.apiRequestsPerSecond))
    problems.push('apiBurst: expected at least apiRequestsPerSecond')
  return problems
}

/** @param {Settings} settings */
function concurrencyProblems(settings) {
  const outcome = reservedConcurrency(settings)
  return typeof outcome === 'string' ? [outcome] : []
}

/**
 * @param {RegExp} pattern
 * @param {string} expected
 */
function matching(pattern, expected) {
  return (/** @type {string} */ text) => (pattern.test(text) ? undefined : expected)
}

/** @param {(text: string) => string | undefined} check */
function optional(check) {
  return (/** @type {string} */ text) => {
    const expected = text === '' ? undefined : check(text)
    return expected === undefined ? undefined : `${expected}, or nothing`
  }
}

/** @param {'subnet' | 'sg'} prefix */
function listOf(prefix) {
  const id = `${prefix}-([0-9a-f]{8}|[0-9a-f]{17})`
  const pattern = RegExp(`^${id}(\\s*,\\s*${id})*$`)
  return matching(pattern, `ids such as ${prefix}-0a1b2c3d, separated by commas`)
}

/** @param {string} text */
function checkBucket(text) {
  const name = text
    .replaceAll(/\$\{AWS::Region\}/g, 'ap-southeast-2')
    .replaceAll(/\$\{AWS::AccountId\}/g, '123456789012')
  // An upper-case stage in the default name has its own message.
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || isDefaultBucket(text)) return undefined
  return 'a bucket name: 3 to 63 lower-case letters, digits, hyphens and dots'
}

/** @param {string} text */
function isDefaultBucket(text) {
  return /^lookalike-.*\$\{AWS::Region\}/.test(text)
}

/** @param {string} text */
function checkJsonObject(text) {
  const expected = 'a JSON object such as {"vector":{"dimensions":384}}'
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : expected
  } catch {
    return expected
  }
}

/** @param {string} text */
function shorten(text) {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
