import { describe, expect, it } from 'vitest'
import { loadConfig, loadImportConfig } from '../../lib/config.ts'

const redis = { REDIS_URL: 'redis://127.0.0.1:6379' }
const target = { IMPORT_BUCKET: 'shop', IMPORT_QUEUE_URL: 'https://sqs/imports' }

describe('the configuration', () => {
  it('needs no more than where Redis is', () => {
    expect(loadConfig(redis)).toMatchObject({
      redis: { source: { from: 'environment', url: redis.REDIS_URL } },
      maxK: 1000,
    })
  })

  it('takes the URL from a parameter or a secret by name', () => {
    const lambda = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
    expect(loadConfig({ ...lambda, REDIS_URL_PARAMETER: '/shop/redis-url' }).redis.source).toEqual({
      from: 'parameter',
      name: '/shop/redis-url',
      aws: {
        region: 'eu-central-1',
        endpoint: 'https://ssm.eu-central-1.amazonaws.com',
        credentials: { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: undefined },
      },
    })
    const china = {
      ...lambda,
      AWS_REGION: 'cn-north-1',
      AWS_SESSION_TOKEN: 'c',
      REDIS_URL_SECRET: 'shop/redis',
    }
    expect(loadConfig(china).redis.source).toMatchObject({
      from: 'secret',
      id: 'shop/redis',
      aws: {
        endpoint: 'https://secretsmanager.cn-north-1.amazonaws.com.cn',
        credentials: { sessionToken: 'c' },
      },
    })
    expect(() => loadConfig({ REDIS_URL_SECRET: 'shop/redis' })).toThrow('AWS_ACCESS_KEY_ID is required')
  })

  it('lays INDEX_DEFINITION over the constant', () => {
    const config = loadConfig({ ...redis, INDEX_DEFINITION: '{"vector":{"dimensions":384}}' })
    expect(config.definition.vector.dimensions).toBe(384)
  })

  it('lists every problem at once', () => {
    const wrong = {
      REDIS_URL: 'http://example.com',
      MAX_K: '1e3',
      INDEX_DEFINITION: '{"vector":{"dimensions":0}}',
      IMPORT_PREFIX: 'imports',
    }
    expect(() => loadImportConfig(wrong)).toThrow(
      /^Environment:\n {2}REDIS_URL: [\s\S]*INDEX_DEFINITION: [\s\S]*vector\.dimensions[\s\S]*MAX_K: [\s\S]*IMPORT_BUCKET [\s\S]*IMPORT_PREFIX: /,
    )
  })

  it('wants exactly one place for the Redis URL', () => {
    expect(() => loadConfig({})).toThrow('got 0')
    expect(() => loadConfig({ ...redis, REDIS_URL_SECRET: 'x' })).toThrow('got 2')
  })

  it.each(['0', '-1', '1.5', 'ten', '1e3', ' 5'])('does not take %j for a whole number', (text) => {
    expect(() => loadConfig({ ...redis, MAX_K: text })).toThrow(
      `MAX_K: expected a whole number above 0, got "${text}"`,
    )
  })

  it.each(['redis://10.0.0.7:6379', 'redis://user:hunter2@redis.shop.internal'])(
    'refuses %s, which would send everything in the clear, unless its host is named',
    (url) => {
      expect(() => loadConfig({ REDIS_URL: url })).toThrow('REDIS_PLAINTEXT_HOSTS')
      expect(() => loadConfig({ REDIS_URL: url })).not.toThrow('hunter2')
      expect(() =>
        loadConfig({ REDIS_URL: url, REDIS_PLAINTEXT_HOSTS: '10.0.0.7, redis.shop.internal ' }),
      ).not.toThrow()
      expect(() => loadConfig({ REDIS_URL: url.replace('redis:', 'rediss:') })).not.toThrow()
    },
  )

  it.each(['redis://localhost:6379', 'redis://127.1.2.3', 'redis://[::1]:6379'])(
    'takes %s, which is this machine',
    (url) => {
      expect(loadConfig({ REDIS_URL: url }).redis.source).toEqual({ from: 'environment', url })
    },
  )

  it.each([
    ['https://gateway', 'hunter2+/=%', 'https://:hunter2%2B%2F%3D%25@gateway/'],
    ['https://:hunter2@gateway/redis', undefined, 'https://:hunter2@gateway/redis'],
    ['http://127.0.0.1:8080', 'hunter2', 'http://:hunter2@127.0.0.1:8080/'],
  ])('takes the gateway %s with the token %s', (REDIS_URL, REDIS_TOKEN, url) => {
    expect(loadConfig({ REDIS_URL, REDIS_TOKEN }).redis.source).toEqual({ from: 'environment', url })
  })

  it.each([
    [{ REDIS_URL: 'https://gateway' }, 'REDIS_URL: expected the token of the gateway'],
    [{ REDIS_URL: 'https://:hunter2@gateway', REDIS_TOKEN: 'hunter2' }, 'REDIS_TOKEN: expected REDIS_URL'],
    [{ REDIS_URL: 'redis://127.0.0.1', REDIS_TOKEN: 'hunter2' }, 'REDIS_TOKEN: expected REDIS_URL'],
    [{ REDIS_URL_SECRET: 'shop/redis', REDIS_TOKEN: 'hunter2' }, 'REDIS_TOKEN: expected REDIS_URL'],
    [{ REDIS_URL: 'https://gateway', REDIS_TOKEN: 'hunter2\n' }, 'REDIS_URL: expected a token of visible'],
    [{ REDIS_URL: 'https://:hunter2%E2%82%AC@gateway' }, 'REDIS_URL: expected a token of visible'],
    [{ REDIS_URL: 'http://:hunter2@gateway' }, 'expected https:// (http:// would send'],
  ])('refuses %j, and does not show the token', (env, message) => {
    expect(() => loadConfig(env)).toThrow(message)
    expect(() => loadConfig(env)).not.toThrow('hunter2')
  })

  it('never shows a password', () => {
    expect(() => loadConfig({ REDIS_URL: 'http://user:hunter2@example.com' })).not.toThrow('hunter2')
    expect(() => loadConfig({ REDIS_URL: 'http://user:hunter2@example.com' })).toThrow('REDIS_URL')
  })

  it.each([
    { REPORT_PREFIX: 'imports/reports/' },
    { REPORT_PREFIX: 'imports/' },
    { IMPORT_PREFIX: 'reports/imports/' },
    { IMPORT_PREFIX: 'shop/', REPORT_PREFIX: 'shop/reports/' },
  ])('refuses %j: reports would be imported without end', (prefixes) => {
    expect(() => loadImportConfig({ ...redis, ...target, ...prefixes })).toThrow(
      'REPORT_PREFIX: expected a prefix that does not overlap IMPORT_PREFIX',
    )
  })

  it('takes prefixes side by side', () => {
    const prefixes = { IMPORT_PREFIX: 'shop/imports/', REPORT_PREFIX: 'shop/imports-reports/' }
    expect(loadImportConfig({ ...redis, ...target, ...prefixes })).toMatchObject({
      importPrefix: 'shop/imports/',
      reportPrefix: 'shop/imports-reports/',
    })
  })

  it.each(['redis://user:hunter2%@127.0.0.1', 'rediss://hunter2%zz@shop', 'redis://127.0.0.1/hunter2'])(
    'refuses %s, with which no client could be made, and does not show it',
    (url) => {
      expect(() => loadConfig({ REDIS_URL: url })).toThrow(/REDIS_URL: expected (?!.*hunter2)/)
    },
  )

  it('gives the prefixes their defaults', () => {
    expect(loadImportConfig({ ...redis, ...target })).toMatchObject({
      bucket: 'shop',
      importPrefix: 'imports/',
      reportPrefix: 'reports/',
      queueUrl: 'https://sqs/imports',
    })
  })
})
