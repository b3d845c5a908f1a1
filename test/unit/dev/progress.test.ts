import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { withProgress } from '../../../dev/progress.mjs'

let written = ''
beforeEach(() => {
  vi.useFakeTimers()
  written = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += text
    return true
  })
  vi.spyOn(console, 'error').mockImplementation((line) => {
    written += `${line}\n`
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const steps = async (say: (line: string) => void) => {
  await vi.advanceTimersByTimeAsync(10_000)
  say('The server does not answer')
  return 7
}

it('gives a terminal one line, which is rewritten within its width', async () => {
  const { isTTY, columns } = process.stderr
  Object.assign(process.stderr, { isTTY: true, columns: 20 })
  try {
    expect(await withProgress('Installing', () => '3 of 5, slowly', steps)).toBe(7)
  } finally {
    Object.assign(process.stderr, { isTTY, columns })
  }
  const lines = new Set(written.split('\r\x1b[K'))
  expect([...lines]).toEqual([
    '',
    'Installing: 3 of 5,',
    'The server does not answer\n',
    'Installing: done in\n',
  ])
})

it('gives a log a line every ten seconds', async () => {
  expect(await withProgress('Installing', () => '3 of 5', steps)).toBe(7)
  expect(written).toBe('Installing…\n  3 of 5\n  The server does not answer\n  done in 10 s\n')
})

it('says that a step has failed, and leaves the reason to the error', async () => {
  const failing = withProgress(
    'Installing',
    () => '',
    async () => {
      throw new Error('no network')
    },
  )
  await expect(failing).rejects.toThrow('no network')
  expect(written).toBe('Installing…\n  failed\n')
})
