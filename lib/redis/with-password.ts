import type { Deadline } from './redis.ts'
import { isWrongPassword } from './server-errors.ts'
import type { RedisUrl } from './url.ts'

/**
 * Runs with the URL. If Redis refuses its password or token, reads the URL again and retries: a rotation needs no
 * deployment.
 */
export async function withPassword<T>(
  url: RedisUrl,
  deadline: Deadline,
  run: (url: string) => Promise<T>,
): Promise<T> {
  const usedUrl = await url.read(deadline)
  try {
    return await run(usedUrl)
  } catch (error) {
    if (!isWrongPassword(error)) throw error
    const currentUrl = await url.reread(deadline)
    if (currentUrl === usedUrl) throw error
    return run(currentUrl)
  }
}
