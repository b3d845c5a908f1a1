import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { buildConsole } from '../../../dev/console/build.mjs'
import { useBrowser } from '../../support/browser.ts'
import { openView } from '../../support/console-pages.ts'
import { serve } from '../../support/signed-requests.ts'
import { temporaryFolder } from '../../support/stack.ts'

const browser = useBrowser()
const TOKEN = 'token-of-the-issuer'
const TYPES: Record<string, string> = { js: 'text/javascript', css: 'text/css', html: 'text/html' }

describe('the console behind the JWT authorizer', { timeout: 30_000 }, () => {
  it('lets a person sign in at the issuer, and returns to the view', async () => {
    const folder = await temporaryFolder()
    await buildConsole(folder)
    const issuer = await serve(answerAsIssuer())
    const site = await serve(async (request, response) => {
      const { pathname } = new URL(request.url ?? '', 'http://site')
      if (pathname.startsWith('/console/'))
        return servePage(folder, pathname.slice('/console/'.length), issuer, response)
      const isSignedIn = request.headers.authorization === `Bearer ${TOKEN}`
      const answer = isSignedIn ? { imports: [], unread: null } : { message: 'Unauthorized' }
      response
        .writeHead(isSignedIn ? 200 : 401, { 'content-type': 'application/json' })
        .end(JSON.stringify(answer))
    })
    const { page } = await browser.open()
    await openView(page, `${site}/console/#/imports`)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('No file has been imported yet.').waitFor()
    expect(page.url()).toBe(`${site}/console/#/imports`)
  })
})

async function servePage(
  folder: string,
  name: string,
  issuer: string,
  response: ServerResponse,
): Promise<void> {
  if (name === 'console-config.json') {
    response.end(JSON.stringify({ issuer, clientId: 'console', scope: 'openid' }))
    return
  }
  const file = name || 'index.html'
  const policy = `default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' ${issuer}`
  const type = TYPES[file.split('.').at(-1) ?? ''] ?? ''
  response.writeHead(200, { 'content-type': type, 'content-security-policy': policy })
  response.end(await readFile(join(folder, file)))
}

/** An issuer that signs in at once. It gives a token only to the holder of the verifier. */
function answerAsIssuer() {
  let challenge: string | null = null
  return async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', `http://${request.headers.host}`)
    response.setHeader('access-control-allow-origin', '*')
    if (url.pathname === '/login') {
      const { searchParams } = url
      challenge = searchParams.get('code_challenge')
      const back = `${searchParams.get('redirect_uri')}?code=42&state=${searchParams.get('state')}`
      response.writeHead(302, { location: back }).end()
    } else if (url.pathname === '/token') {
      const form = new URLSearchParams(await text(request))
      const proof = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url')
      const isProven = form.get('code') === '42' && proof === challenge
      response.writeHead(isProven ? 200 : 400).end(JSON.stringify(isProven ? { access_token: TOKEN } : {}))
    } else {
      const { origin } = url
      response.end(
        JSON.stringify({ authorization_endpoint: `${origin}/login`, token_endpoint: `${origin}/token` }),
      )
    }
  }
}
