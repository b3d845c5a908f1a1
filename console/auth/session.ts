import {
  codeIn,
  isSignInConfig,
  type PendingSignIn,
  randomText,
  type SignInConfig,
  signInUrl,
} from './sign-in-request.ts'

// With the JWT authorizer, every call of the API carries a token of the issuer. Without `console-config.json`, the
// server that serves the page adds what is needed, and nothing here runs.

const TOKEN = 'lookalike-token'
const PENDING = 'lookalike-sign-in'

export const tokenOf = (): string | null => sessionStorage.getItem(TOKEN)

/** The header that a call of the API needs; none without a token. */
export function authorization(): Record<string, string> {
  const token = tokenOf()
  return token === null ? {} : { authorization: `Bearer ${token}` }
}

/** Reads `console-config.json`; undefined where the page has no such file. */
export async function readConfig(): Promise<unknown> {
  const response = await fetch('./console-config.json')
  return response.ok ? response.json().catch(() => undefined) : undefined
}

/** Reads where people sign in; undefined where the page has no issuer. */
export async function readSignInConfig(): Promise<SignInConfig | undefined> {
  const config = await readConfig()
  return isSignInConfig(config) ? config : undefined
}

/** Leaves the page for that of the issuer. */
export async function signIn(config: SignInConfig): Promise<void> {
  const pending: PendingSignIn = { state: randomText(), verifier: randomText(), hash: location.hash }
  sessionStorage.setItem(PENDING, JSON.stringify(pending))
  const { authorization_endpoint } = await readEndpoints(config)
  location.assign(await signInUrl(authorization_endpoint, config, pending, pageUrl()))
}

/** When the browser returns from the issuer: exchanges the code for a token, and goes to the view that was wanted. */
export async function finishSignIn(): Promise<void> {
  const pending = readPending()
  const code = codeIn(location.search, pending)
  if (code === undefined || pending === undefined) return
  sessionStorage.removeItem(PENDING)
  const config = await readSignInConfig()
  if (config === undefined) return
  const { token_endpoint } = await readEndpoints(config)
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: config.clientId,
    code,
    code_verifier: pending.verifier,
    redirect_uri: pageUrl(),
  })
  const response = await fetch(token_endpoint, { method: 'POST', body })
  const answer: { access_token?: unknown } = response.ok ? await response.json() : {}
  if (typeof answer.access_token === 'string') sessionStorage.setItem(TOKEN, answer.access_token)
  history.replaceState(null, '', `${pageUrl()}${pending.hash}`)
}

const pageUrl = (): string => `${location.origin}${location.pathname}`

function readPending(): PendingSignIn | undefined {
  const text = sessionStorage.getItem(PENDING)
  return text === null ? undefined : JSON.parse(text)
}

async function readEndpoints({ issuer }: SignInConfig) {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const answer: { authorization_endpoint: string; token_endpoint: string } = await response.json()
  return answer
}
