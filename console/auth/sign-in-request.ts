/** Where people sign in, as `console-config.json` next to the page says. */
export interface SignInConfig {
  /** The issuer of the tokens, as the JWT authorizer of the API has it. */
  issuer: string
  clientId: string
  scope: string
}

/** The page needs these when the browser returns from the issuer. */
export interface PendingSignIn {
  state: string
  verifier: string
  /** The view that the person wanted to see. */
  hash: string
}

export function isSignInConfig(value: unknown): value is SignInConfig {
  if (typeof value !== 'object' || value === null) return false
  const { issuer, clientId, scope } = value as Record<string, unknown>
  return [issuer, clientId, scope].every((member) => typeof member === 'string')
}

/** 32 random bytes, as a text for an address. */
export function randomText(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)))
}

/** The proof of possession of the authorization code (RFC 7636): only the holder of the verifier can use the code. */
export async function challengeOf(verifier: string): Promise<string> {
  return base64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))))
}

/** The address of the issuer's page, which returns to `page` with a code. */
export async function signInUrl(
  endpoint: string,
  { clientId, scope }: SignInConfig,
  { state, verifier }: PendingSignIn,
  page: string,
): Promise<string> {
  const url = new URL(endpoint)
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: page,
    scope,
    state,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** The code in the address, if the browser returns from the sign-in that this page began. */
export function codeIn(search: string, pending: PendingSignIn | undefined): string | undefined {
  const parameters = new URLSearchParams(search)
  const code = parameters.get('code')
  return code !== null && pending !== undefined && parameters.get('state') === pending.state
    ? code
    : undefined
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
