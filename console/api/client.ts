import { createClient } from '../../client/src/index.ts'
import { authorization } from '../auth/session.ts'

/** The address of the API, which the page names: on the same origin, unless another host was configured. */
export const apiBase = new URL(
  document.querySelector<HTMLMetaElement>('meta[name="api-base"]')?.content || '../',
  location.href,
).href.replace(/\/$/, '')

/** No retries: a view shows the error at once, and asks again by itself. */
export const api = createClient({
  url: apiBase,
  retries: 0,
  fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...authorization() } }),
})
