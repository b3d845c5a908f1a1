import { reservedConcurrency } from './concurrency.mjs'

/**
 * Derives from the settings what serverless.yml cannot. The file reads the results as `${derived:NAME}`.
 *
 * @param {string} stage
 * @param {import('./settings.mjs').Settings} settings
 */
export function derive(stage, settings) {
  const concurrency = reservedConcurrency(settings)
  return {
    ...redisUrls(settings),
    concurrency: typeof concurrency === 'object' ? concurrency : {},
    authorizers: settings.authorizer === 'jwt' ? { jwt: jwtAuthorizer(settings) } : {},
    authorizer: Object.fromEntries(
      [...scopes, 'any'].map((scope) => [scope, routeAuthorizer(settings.authorizer, scope)]),
    ),
    vpc: settings.subnetIds === '' ? undefined : vpc(settings),
    throttling: { rate: Number(settings.apiRequestsPerSecond), burst: Number(settings.apiBurst) },
    imports: {
      expiration: settings.importsRetentionDays === '' ? 'Disabled' : 'Enabled',
      // A rule that is disabled needs a number, too.
      retentionDays: Number(settings.importsRetentionDays || 1),
    },
    logRetentionInDays: Number(settings.logRetentionDays),
    ownsTopic: String(String(settings.alarms) === 'true' && settings.alarmTopicArn === ''),
    alarmSubscriptions:
      settings.alarmEmail === '' ? [] : [{ Protocol: 'email', Endpoint: settings.alarmEmail }],
    alarmTopic: settings.alarmTopicArn === '' ? { Ref: 'AlarmTopic' } : settings.alarmTopicArn,
    tracing: String(settings.tracing) === 'true' ? 'Active' : 'PassThrough',
    tags: { service: 'lookalike', stage, ...parseTags(String(settings.tags)) },
  }
}

const functionNames = [
  'provision-index',
  'check-index',
  'import-users',
  'imports',
  'audiences',
  'build-audience',
  'search-users',
  'users',
  'health',
]

/**
 * For each function, the variables that name its Redis URL, and the ARN for its role. The variable of the unused
 * source is empty, which counts as unset.
 *
 * @param {import('./settings.mjs').Settings} settings
 */
function redisUrls(settings) {
  const isSecret = settings.redisUrlFrom === 'secretsmanager'
  // Secrets Manager adds a hyphen and six characters to the name.
  const arnOf = (/** @type {string} */ name) =>
    isSecret
      ? `arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${name}-??????`
      : `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter${name}`
  const urls = functionNames.map((functionName) => {
    const inCamelCase = functionName.replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase())
    const name = String(settings[`${inCamelCase}RedisUrlName`])
    const variables = isSecret ? { parameter: '', secret: name } : { parameter: name, secret: '' }
    return [functionName, { ...variables, arn: arnOf(name) }]
  })
  return {
    redisUrl: Object.fromEntries(urls),
    redisUrlAction: isSecret ? 'secretsmanager:GetSecretValue' : 'ssm:GetParameter',
  }
}

/** @param {import('./settings.mjs').Settings} settings */
function vpc({ subnetIds, securityGroupIds }) {
  return { subnetIds: splitList(subnetIds), securityGroupIds: splitList(securityGroupIds) }
}

/** @param {unknown} text */
function splitList(text) {
  return String(text).split(/\s*,\s*/)
}

/** The scopes of tokens: the routes of a scope need `lookalike/<scope>`. */
const scopes = ['search', 'users', 'audiences', 'imports', 'index']

/**
 * @param {unknown} authorizer
 * @param {string} scope
 */
function routeAuthorizer(authorizer, scope) {
  if (authorizer !== 'jwt') return { type: 'aws_iam' }
  return scope === 'any' ? { name: 'jwt' } : { name: 'jwt', scopes: [`lookalike/${scope}`] }
}

/** @param {import('./settings.mjs').Settings} settings */
function jwtAuthorizer({ jwtIssuer, jwtAudience }) {
  return {
    type: 'jwt',
    identitySource: '$request.header.Authorization',
    issuerUrl: jwtIssuer,
    audience: splitList(jwtAudience),
  }
}

/** @param {string} text */
function parseTags(text) {
  if (text === '') return {}
  return Object.fromEntries(text.split(',').map((pair) => pair.split('=', 2).map((part) => part.trim())))
}
