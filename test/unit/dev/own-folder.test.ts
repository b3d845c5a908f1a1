import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makePrivateFolder } from '../../../dev/own-folder.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lookalike-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a private folder', () => {
  const modeOf = (path: string) => statSync(path).mode & 0o777
  const ours = /^(s3|redis)$/

  it('is made closed, and so are those that it is in', () => {
    makePrivateFolder(join(folder, 'a/b'), ours)
    expect([modeOf(join(folder, 'a')), modeOf(join(folder, 'a/b'))]).toEqual([0o700, 0o700])
  })

  it.each([0o755, 0o750, 0o777])('of mode %o is closed when only ours is in it', (mode) => {
    mkdirSync(join(folder, 's3'))
    chmodSync(folder, mode)
    makePrivateFolder(folder, ours)
    expect(modeOf(folder)).toBe(0o700)
  })

  it('stays as its owner has it when anything else is in it', () => {
    writeFileSync(join(folder, 'letter.txt'), '')
    chmodSync(folder, 0o755)
    makePrivateFolder(folder, ours)
    expect(modeOf(folder)).toBe(0o755)
  })

  it('is refused in a line where a file is', () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    expect(() => makePrivateFolder(join(file, 'data'), ours)).toThrow(
      `Expected a folder that this user may write, got ${file}/data (ENOTDIR)`,
    )
  })
})
