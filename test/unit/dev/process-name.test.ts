import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { isRunning, processName } from '../../../dev/process-name.mjs'

describe('the name of a process', () => {
  it('is known while it runs, and not afterwards', async () => {
    const child = spawn('sleep', ['60'])
    await once(child, 'spawn')
    const name = processName(child.pid ?? 0) ?? ''
    expect(name).toMatch(new RegExp(`^${child.pid}-t\\w+$`))
    expect(isRunning(name)).toBe(true)
    expect(isRunning(`${name}-and-more`)).toBe(true)
    child.kill()
    await once(child, 'exit')
    expect(isRunning(name)).toBe(false)
    expect(processName(child.pid ?? 0)).toBeUndefined()
  })

  it('is not that of another process with the same id, as after a restart of the machine', () => {
    expect(isRunning(`${process.pid}-t1`)).toBe(false)
    expect(isRunning(String(process.pid))).toBe(true)
  })

  it('is not known of a process that has ended and that its parent does not ask about', async () => {
    // The shell becomes a sleep, which asks for none of its children.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'])
    const [line] = await once(parent.stdout, 'data')
    const name = processName(Number(line)) ?? ''
    expect(name).not.toBe('')
    process.kill(Number(line))
    await expect.poll(() => isRunning(name)).toBe(false)
    parent.kill()
  })

  it.each(['', '0', '-1', 'start', '99999999999'])('is not known of %j', (name) => {
    expect(isRunning(name)).toBe(false)
  })
})
