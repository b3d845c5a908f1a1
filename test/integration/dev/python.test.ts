import { describe, expect, it } from 'vitest'
import { python } from '../../../dev/python.ts'

// The first call on a machine downloads the tools.
const timeout = 120_000

describe('python', () => {
  it('has the tools that are listed', { timeout }, async () => {
    const versions = await python([
      '-c',
      'import boto3, cfnlint, numpy; print(boto3.__version__, numpy.__version__)',
    ])
    expect(versions.toString()).toMatch(/^1\.\d+\.\d+ 2\.\d+\.\d+\n$/)
  })

  it('takes bytes in and gives bytes back', { timeout }, async () => {
    const script =
      'import numpy, sys; sys.stdout.buffer.write(numpy.fromstring(sys.stdin.read(), sep=",").astype(numpy.float32).tobytes())'
    const bytes = await python(['-c', script], { input: '0.9,0.7,0.2' })
    expect(bytes.toString('hex')).toBe('6666663f3333333fcdcc4c3e')
  })

  it('rejects with the end of what went wrong', { timeout }, async () => {
    const failing = python(['-c', 'raise ValueError("no such vector")'])
    await expect(failing).rejects.toThrow(/failed: .*ValueError: no such vector$/)
  })
})
