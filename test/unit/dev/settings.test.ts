import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { reservedConcurrency } from '../../../dev/deploy/concurrency.mjs'
import { derive } from '../../../dev/deploy/derived.mjs'
import { settingNames, settingProblems } from '../../../dev/deploy/settings.mjs'
import { readServerlessConfig } from '../../../dev/local/serverless-config.ts'
import { FUNCTIONS } from '../../../lib/redis/acl.ts'

const yml: unknown = parse(readFileSync(new URL('../../../serverless.yml', import.meta.url), 'utf8'), {
  logLevel: 'error',
})
const { params } = v.parse(v.object({ params: v.object({ default: v.record(v.string(), v.string()) }) }), yml)
// As osls resolves them.
const defaults = Object.fromEntries(
  Object.entries(params.default).map(([name, value]) => [
    name,
    value.replace(/^\$\{param:redisUrlName\}$/, '/a/url').replace(/\$\{sls:stage\}/, 'prod'),
  ]),
)
const problems = (changed: Record<string, string>, stage = 'prod') =>
  settingProblems(stage, { ...defaults, ...changed })
const deriveWith = (changed: Record<string, string>) => derive('prod', { ...defaults, ...changed })

describe('the settings of a stage', () => {
  it('are those of serverless.yml, and their defaults are right', () => {
    expect(settingNames.toSorted()).toEqual(Object.keys(params.default).toSorted())
    expect(problems({})).toEqual([])
  })

  it.each([
    [{ redisUrlName: 'lookalike/url' }, /^redisUrlName: expected a name such as .* leading slash, got/],
    [{ bucket: 'Acme_Bucket' }, /^bucket: expected a bucket name/],
    [{ logLevel: 'warn' }, /^logLevel: expected one of DEBUG, .*, got "warn"$/],
    [{ logRetentionDays: '31' }, /^logRetentionDays: expected one of .* 30, 60/],
    [{ indexDefinition: '[1]' }, /^indexDefinition: expected a JSON object/],
    [{ alarmTopicArn: 'topic' }, /^alarmTopicArn: expected the ARN of an SNS topic/],
    [{ shifting: 'Canary10Percent7Minutes' }, /^shifting: expected none, AllAtOnce, Canary10Percent5Minutes/],
    [{ subnetIds: 'subnet-0a1b2c3d' }, /^subnetIds, securityGroupIds: expected both/],
    [{ authorizer: 'jwt' }, /^jwtIssuer, jwtAudience: expected both with authorizer=jwt$/],
    [{ jwtAudience: 'shop' }, /^authorizer: expected jwt/],
    [{ alarms: 'false', alarmEmail: 'a@example.com' }, /^alarms: expected true/],
    [{ alarms: 'false', shifting: 'AllAtOnce' }, /^alarms: expected true with shifting/],
    [{ apiBurst: '10' }, /^apiBurst: expected at least apiRequestsPerSecond$/],
    [{ redisMaxClients: '74' }, /^redisMaxClients: expected at least 75 .*, got 74$/],
    [{ redisMaxClients: '1000', accountConcurrency: '10' }, /^accountConcurrency: expected at least 134/],
    [{ tags: 'team' }, /^tags: expected name=value pairs/],
    [{ authoriser: 'jwt' }, /^authoriser: no setting has this name/],
    [
      { redisTlsCa: `-----BEGIN CERTIFICATE-----\n${'a'.repeat(3000)}` },
      /^redisTlsCa: expected PEM of at most/,
    ],
  ])('names the problem of %j', (changed, problem) => {
    const found = problems(changed)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(problem)
  })

  it('names every problem at once', () => {
    expect(problems({ logLevel: 'x', tracing: 'yes', quarantine: 'no' })).toHaveLength(3)
  })

  it('refuses a stage that the default name of the bucket cannot have', () => {
    expect(problems({}, 'Prod')).toEqual([expect.stringMatching(/^--stage: expected at most 24 lower-case/)])
    expect(problems({ bucket: 'acme' }, 'Prod')).toEqual([])
  })
})

describe('what is derived from the settings', () => {
  it('names a Redis URL for each function, in one source', () => {
    expect(Object.keys(deriveWith({}).redisUrl).toSorted()).toEqual(FUNCTIONS.toSorted())
    const own = { searchUsersRedisUrlName: '/shop/search' }
    expect(deriveWith(own).redisUrl['search-users']).toMatchObject({
      parameter: '/shop/search',
      secret: '',
      arn: expect.stringMatching(/:parameter\/shop\/search$/),
    })
    const secret = deriveWith({ ...own, redisUrlFrom: 'secretsmanager' })
    expect(secret.redisUrl['search-users']).toMatchObject({ parameter: '', secret: '/shop/search' })
    expect(secret.redisUrlAction).toBe('secretsmanager:GetSecretValue')
  })

  it('asks a token for the scope of the route', () => {
    const jwt = { authorizer: 'jwt', jwtIssuer: 'https://login.example/', jwtAudience: 'shop, crm' }
    const { authorizer, authorizers } = deriveWith(jwt)
    expect(authorizer).toMatchObject({
      index: { name: 'jwt', scopes: ['lookalike/index'] },
      any: { name: 'jwt' },
    })
    expect(authorizers.jwt).toMatchObject({ issuerUrl: 'https://login.example/', audience: ['shop', 'crm'] })
  })

  it('has an authorizer for every route', () => {
    const { authorizer } = deriveWith({})
    for (const route of readServerlessConfig().routes) {
      const [, scope = ''] = /authorizer\.(\w+)\}$/.exec(route.authorizer ?? '') ?? []
      expect(authorizer).toHaveProperty(scope, { type: 'aws_iam' })
    }
  })

  it.each([75, 100, 333, 1000, 10_000])('bounds the connections of all functions by %d', (maxClients) => {
    const reserved = reservedConcurrency({ redisMaxClients: String(maxClients), accountConcurrency: '1000' })
    const counts = Object.entries(v.parse(v.record(v.string(), v.number()), reserved))
    expect(counts.map(([name]) => name).toSorted()).toEqual(FUNCTIONS.toSorted())
    const connections = counts.map(([name, count]) => count * (name === 'search-users' ? 1 : 2))
    expect(connections.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(maxClients * 0.8)
    expect(counts.reduce((sum, [, count]) => sum + count, 0)).toBeLessThanOrEqual(900)
    expect(Math.min(...counts.map(([, count]) => count))).toBeGreaterThan(0)
  })

  it('lets the queues start as much as serverless.yml allows them', () => {
    const reserved = deriveWith({ redisMaxClients: '1000' }).concurrency
    for (const { functionName, maxConcurrency } of readServerlessConfig().queues) {
      expect(reserved).toHaveProperty(functionName, maxConcurrency)
    }
  })
})
