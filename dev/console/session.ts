import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

const COOKIE = 'lookalike-console'

export interface Session {
  /** The path that signs a browser in, once. */
  link: string
  /** The path under which the console and the API are. */
  base: string
  /** The `Set-Cookie` for the link's token. undefined if the token is wrong, or was used. */
  signIn(token: string | undefined): string | undefined
  isSignedIn(headers: IncomingHttpHeaders): boolean
}

/**
 * Makes the secrets of one `npm run console`. The base is secret, too: a browser sends a cookie of 127.0.0.1 to every
 * port, so another server of this machine could receive it. The cookie's path keeps it from such a server.
 */
export function openSession(): Session {
  const base = `/${secret()}`
  const cookie = secret()
  let token: string | undefined = secret()
  return {
    link: `/sign-in?token=${token}`,
    base,
    signIn(given) {
      if (token === undefined || given === undefined || !isSame(given, token)) return undefined
      token = undefined
      return `${COOKIE}=${cookie}; Path=${base}/; HttpOnly; SameSite=Strict`
    },
    isSignedIn: (headers) => cookiesOf(headers).some((value) => isSame(value, cookie)),
  }
}

function secret(): string {
  return randomBytes(24).toString('base64url')
}

function cookiesOf({ cookie = '' }: IncomingHttpHeaders): string[] {
  return cookie.split(/; */).flatMap((pair) => {
    const [name, value] = pair.split('=', 2)
    return name === COOKIE && value !== undefined ? [value] : []
  })
}

/** Takes the same time wherever the texts differ. */
function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
