import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { havePatience } from '../../../dev/cli/follow-import.ts'
import { suggestion } from '../../../dev/cli/options.ts'

describe('the patience of a command', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('ends three minutes after the last news of any file', () => {
    const { signal, renew } = havePatience()
    vi.advanceTimersByTime(170_000)
    renew()
    vi.advanceTimersByTime(170_000)
    expect(signal.aborted).toBe(false)
    vi.advanceTimersByTime(10_000)
    expect(signal.reason).toMatchObject({
      message: "Expected news of the import, got none for 180 s: see the importer's log",
    })
  })

  it('ends no more once the files have ended', () => {
    const { signal, end } = havePatience()
    end()
    vi.advanceTimersByTime(1_000_000)
    expect(signal.aborted).toBe(false)
  })
})

describe('a command that is suggested', () => {
  afterEach(() => void vi.unstubAllEnvs())

  it('is for the same stage, or for the stack in the same folder', () => {
    expect(suggestion('index -- apply', {})).toBe('npm run index -- apply')
    vi.stubEnv('DATA_DIR', ".look'alike 384")
    expect(suggestion('index -- apply', {})).toBe("DATA_DIR='.look'\\''alike 384' npm run index -- apply")
    expect(suggestion('index -- apply', { stage: 'prod', region: 'eu-central-1' })).toBe(
      'npm run index -- apply --stage prod --region eu-central-1',
    )
  })
})
