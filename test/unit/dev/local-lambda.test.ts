import { describe, expect, it } from 'vitest'
import { createInvoke } from '../../../dev/local/lambda.ts'

const folder = new URL('../../support/functions/', import.meta.url)
const settings = { timeoutSeconds: 15, memoryMegabytes: 512, nodeOptions: '' }
const names = ['echo', 'throws', 'forgets', 'repeats', 'missing']
const invoke = createInvoke(new Map(names.map((name) => [name, settings])), { folder })

describe('the local Lambda', () => {
  it('resolves to what the handler returns for the event', async () => {
    expect(await invoke('echo', { a: [1, 'two'] })).toMatchObject({ event: { a: [1, 'two'] } })
  })

  it('gives the handler a context of the declared function', async () => {
    expect(await invoke('echo', {})).toMatchObject({
      context: {
        functionName: 'echo',
        memoryLimitInMB: '512',
        invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:echo',
        awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    })
  })

  it('counts the remaining time down from the declared timeout', async () => {
    expect(await invoke('echo', {})).toMatchObject({ remainingMilliseconds: expect.closeTo(15_000, -3) })
  })

  it('shares no object with the handler', async () => {
    const event = { when: new Date(0), nothing: undefined }
    expect(await invoke('echo', event)).toMatchObject({ event: { when: '1970-01-01T00:00:00.000Z' } })
  })

  it('rejects with what the handler throws', async () => {
    await expect(invoke('throws', {})).rejects.toThrow(new RangeError('no such bike'))
  })

  it('rejects a call that takes longer than the declared timeout, in the words of Lambda', async () => {
    const impatient = createInvoke(new Map([['sleeps', { ...settings, timeoutSeconds: 0.05 }]]), { folder })
    await expect(impatient('sleeps', {})).rejects.toThrow(/Task timed out after 0\.05 seconds$/)
  })

  it('rejects a response of more than 6 MB', async () => {
    await expect(invoke('repeats', { characters: 6_291_554 })).resolves.toHaveLength(6_291_554)
    await expect(invoke('repeats', { characters: 6_291_555 })).rejects.toThrow(/response of 6291556 bytes/)
  })

  it('rejects an event of more than 6 MB', async () => {
    await expect(invoke('echo', 'x'.repeat(6_291_555))).rejects.toThrow(/request of 6291556 bytes/)
  })

  it('names a function that is not declared', async () => {
    await expect(invoke('sells-bikes', {})).rejects.toThrow('declares no function "sells-bikes"')
  })

  it('names a file that exports no handler', async () => {
    await expect(invoke('forgets', {})).rejects.toThrow(/forgets\.ts must export a function "handler"/)
  })

  it('rejects when the file of a declared function is missing', async () => {
    await expect(invoke('missing', {})).rejects.toThrow(/missing\.ts/)
  })
})
