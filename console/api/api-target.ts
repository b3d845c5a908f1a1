import { isSignInConfig } from '../auth/sign-in-request.ts'

/** Where a program sends the calls that this page makes. */
export interface ApiTarget {
  url: string
  /** Whether the call needs a signature or a token. The page's own calls get it from the server or the sign-in. */
  needsProof: boolean
}

/**
 * Reads the target from `console-config.json`. The address that the page itself calls is only shown where people sign
 * in: under `npm run console` it contains a secret, and every user of the machine sees the arguments of a command.
 */
export function apiTargetOf(
  config: unknown,
  { page, base }: { page: string; base: string },
): ApiTarget | undefined {
  if (isSignInConfig(config)) return { url: base, needsProof: true }
  if (typeof config !== 'object' || config === null) return undefined
  const { apiUrl, needsProof } = config as Record<string, unknown>
  if (typeof apiUrl !== 'string' || typeof needsProof !== 'boolean' || !URL.canParse(apiUrl, page))
    return undefined
  return { url: new URL(apiUrl, page).href.replace(/\/$/, ''), needsProof }
}
