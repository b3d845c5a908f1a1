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
  it('has an authorizer on every route', () => {
    const open = declared.routes.filter(
      ({ authorizer }) => !/^\$\{derived:authorizer\.\w+\}$/.test(authorizer ?? ''),
    )
    expect(open).toEqual([])
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

  it('names the Redis URL of each function, and holds none', () => {
    const text = readFileSync(new URL('../../../serverless.yml', import.meta.url), 'utf8')
    const withoutComments = text.replaceAll(/^\s*#.*$/gm, '')
    expect(withoutComments).not.toMatch(/rediss?:\/\/|\bREDIS_URL:/)
    for (const kind of ['parameter', 'secret']) {
      const own = [
        ...withoutComments.matchAll(RegExp(`\\$\\{derived:redisUrl\\.([\\w-]+)\\.${kind}\\}`, 'g')),
      ]
      expect(own.map(([, name]) => name).toSorted()).toEqual(FUNCTIONS.toSorted())
    }
  })
})
