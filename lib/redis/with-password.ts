import type { Deadline } from './redis.ts'
import { isWrongPassword } from './server-errors.ts'
import type { RedisUrl } from './url.ts'

/** A password (or a token) that was rotated is read again, without a new deployment. */
export async function withPassword<T>(
  url: RedisUrl,
  deadline: Deadline,
  run: (url: string) => Promise<T>,
): Promise<T> {
  const known = await url.read(deadline)
  try {
    return await run(known)
  } catch (error) {
    if (!isWrongPassword(error)) throw error
    const fresh = await url.reread(deadline)
    if (fresh === known) throw error
    return run(fresh)
  }
}
