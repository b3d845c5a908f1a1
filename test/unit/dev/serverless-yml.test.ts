import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readServerlessConfig } from '../../../dev/local/serverless-config.ts'
import { loadImportConfig } from '../../../lib/config.ts'
import { FUNCTIONS } from '../../../lib/redis/acl.ts'
import { MAX_ATTEMPTS } from '../../../lib/sqs/retry.ts'

const declared = readServerlessConfig()
const env = { REDIS_URL: 'redis://127.0.0.1', IMPORT_BUCKET: 'b', IMPORT_QUEUE_URL: 'http://q' }
const names = [...declared.functions.keys()]

describe('serverless.yml', () => {
  it('lets nobody in without IAM', () => {
    expect(declared.routes.filter(({ authorizer }) => authorizer !== 'aws_iam')).toEqual([])
    expect(declared.routes.length).toBeGreaterThan(0)
  })

  it('declares every file of functions/, and no other', () => {
    const files = readdirSync(new URL('../../../functions/', import.meta.url))
    expect(files.filter((file) => file.endsWith('.ts')).sort()).toEqual(
      names.map((name) => `${name}.ts`).sort(),
    )
  })

  it('gives no function that answers over HTTP more time than the gateway waits', () => {
    const timeouts = declared.routes.map(
      ({ functionName }) => declared.functions.get(functionName)?.timeoutSeconds,
    )
    expect(Math.max(...timeouts.map(Number))).toBeLessThan(30)
  })

  it('lets S3 tell of every object below the prefix of the imports, whatever its name', () => {
    expect(declared.imports).toEqual({ prefix: loadImportConfig(env).importPrefix })
  })

  it('gives a message as many attempts as the importer counts on', () => {
    expect(declared.queues.map(({ maxReceiveCount }) => maxReceiveCount)).toEqual([
      MAX_ATTEMPTS,
      MAX_ATTEMPTS,
    ])
  })

  it('holds no Redis URL, only the names of the parameters that do, one for each user of Redis', () => {
    const text = readFileSync(new URL('../../../serverless.yml', import.meta.url), 'utf8')
    const withoutComments = text.replaceAll(/^\s*#.*$/gm, '')
    expect(withoutComments).not.toMatch(/rediss?:\/\/|\bREDIS_URL:/)
    const own = [...withoutComments.matchAll(/REDIS_URL_PARAMETER: \$\{param:(\w+)RedisUrlParameter\}/g)]
    const inCamelCase = (name: string) => name.replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase())
    expect(own.map(([, name]) => name).toSorted()).toEqual(FUNCTIONS.map(inCamelCase).toSorted())
  })
})
