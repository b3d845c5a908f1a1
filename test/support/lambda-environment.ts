import { expect, onTestFinished } from 'vitest'
import { aclUserName, isRole } from '../../lib/redis/acl.ts'
import {
  type EnvironmentOptions,
  type LambdaEnvironment,
  startEnvironmentProcess,
} from './environment-process.ts'
import { findLeaks } from './leaks.ts'

export type { Invocation, LambdaEnvironment } from './environment-process.ts'

/**
 * A warm environment of a function, which connects to Redis as its own user, ended after the test. What it has logged is
 * then looked through for secrets, records and vectors, but for a test of that.
 */
export async function startEnvironment({
  mayLeak = false,
  ...options
}: EnvironmentOptions & { mayLeak?: boolean }): Promise<LambdaEnvironment> {
  const url = URL.parse(options.env?.REDIS_URL ?? '')
  // Under any other user a command that the function may not send would pass.
  if (isRole(options.functionName) && /^rediss?:$/.test(url?.protocol ?? '')) {
    expect(url?.username).toBe(aclUserName(options.functionName))
  }
  const { warm, ...environment } = startEnvironmentProcess(options)
  onTestFinished(async () => {
    await environment.clearAway()
    if (!mayLeak) expect(findLeaks(environment.output())).toEqual([])
  })
  await warm
  return environment
}
