import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { bundleEntry } from '../../../dev/bundle.mjs'

it('the stack of an error in a bundle names our files, lines and functions, and no message', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-stack-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await bundleEntry('test/support/functions/throws-deep.ts', folder)
  const { handler } = await import(pathToFileURL(join(folder, 'index.mjs')).href)
  const frames: string[] = handler('canary')
  expect(frames[0]).toMatch(/^at .*test\/support\/functions\/throws-deep\.ts:5:\d+\)?$/)
  expect(frames[1]).toMatch(/^at .*test\/support\/functions\/throws-deep\.ts:11:\d+\)?$/)
  expect(frames.join('\n')).not.toContain('canary')
})
