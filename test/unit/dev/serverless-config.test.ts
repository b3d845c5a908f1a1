import { describe, expect, it } from 'vitest'
import { readServerlessConfig } from '../../../dev/local/serverless-config.ts'

const declared = readServerlessConfig()
const derived = (name: string) => `\${derived:${name}}`

describe('what serverless.yml declares', () => {
  it('names the function of each route', () => {
    const route = declared.routes.find(({ path }) => path === '/users/{id}/similar')
    expect(route).toEqual({
      method: '*',
      path: '/users/{id}/similar',
      functionName: 'search-users',
      authorizer: derived('authorizer.search'),
    })
  })

  it('gives a function its own timeout and memory, or else those of the provider', () => {
    expect(declared.functions.get('import-users')).toMatchObject({
      timeoutSeconds: 900,
      memoryMegabytes: 1769,
      nodeOptions: expect.stringContaining('--max-old-space-size'),
    })
    expect(declared.functions.get('search-users')).toEqual({
      timeoutSeconds: 15,
      memoryMegabytes: 512,
      nodeOptions: '',
    })
  })

  it('names what runs on a schedule', () => {
    expect(declared.schedules).toContainEqual({ rate: 'rate(15 minutes)', functionName: 'check-index' })
  })

  it('says how each queue is worked off', () => {
    expect(declared.queues).toEqual([
      { name: 'ImportQueue', functionName: 'import-users', maxConcurrency: 5, maxReceiveCount: 5 },
      { name: 'AudienceQueue', functionName: 'build-audience', maxConcurrency: 2, maxReceiveCount: 5 },
    ])
  })

  it('says which objects start an import', () => {
    expect(declared.imports).toEqual({ prefix: 'imports/' })
  })

  it('refuses a file with what cannot be imitated, and says where that is', () => {
    const file = new URL('../../support/serverless.with-sns.yml', import.meta.url)
    expect(() => readServerlessConfig(file)).toThrow(
      /with-sns\.yml contains something that the local stack cannot imitate: functions\./,
    )
  })
})
