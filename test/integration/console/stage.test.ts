import { expect, it } from 'vitest'
import { useBrowser } from '../../support/browser.ts'
import { openView } from '../../support/console-pages.ts'
import { deploy } from '../../support/deployed-stage.ts'
import { serve, signaturesOf } from '../../support/signed-requests.ts'
import { start } from '../../support/stack.ts'
import { launch } from '../../support/stack-process.ts'

const browser = useBrowser()

/** What a page of another origin may try, even if it knows the address of the console. */
const ATTACK = (target: string) => `(async () => {
  const tries = [
    fetch('${target}search', { method: 'POST', credentials: 'include', body: '{"user":"1"}', headers: { 'content-type': 'application/json' } }),
    fetch('${target}search', { method: 'POST', credentials: 'include', mode: 'no-cors', body: '{"user":"1"}' }),
    fetch('${target}index', { credentials: 'include' }),
    fetch('${target}index', { credentials: 'include', mode: 'no-cors' }),
    new Promise((resolve, reject) => { const image = new Image(); image.onload = resolve; image.onerror = reject; image.src = '${target}index' }),
  ]
  const frame = document.createElement('iframe')
  frame.src = '${target}console/'
  document.body.append(frame)
  await new Promise((resolve) => { frame.onload = resolve })
  let inFrame
  try { inFrame = frame.contentDocument?.title } catch {}
  const results = await Promise.allSettled(tries)
  return { readable: results.filter(({ value }) => value?.type === 'basic' || value?.type === 'cors').length, inFrame: inFrame ?? null }
})()`

it('npm run console -- --stage opens a stage in one browser, signs its calls, and answers no other page', {
  timeout: 120_000,
}, async () => {
  const stack = await start()
  const { apiUrl, requests, env } = await deploy(stack)
  const command = launch(stack.dataDir, env, ['dev/cli/console.ts', '--stage', 'prod'])
  try {
    await command.printed('Ctrl-C ends it.')
    const link = /http:\S+/.exec(command.output())?.[0] ?? 'none'
    const { page, context, faults } = await browser.open()
    await openView(page, link)
    const base = /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\//.exec(page.url())?.[0] ?? 'none'
    await page.goto(`${base}console/#/search?user=1`)
    await page.getByRole('table', { name: 'Results' }).waitFor()
    await page.getByText('searched for').waitFor()
    // The secret path would be in the arguments of a command that the person copies.
    await page.getByText(`curl -s ${apiUrl}/search`).waitFor()
    expect(await page.locator('body').innerText()).not.toContain(new URL(base).pathname.slice(1, -1))
    expect(faults).toEqual([])
    const sent = requests.find(({ path }) => path === '/search')
    expect(sent).toBeDefined()
    if (sent !== undefined) {
      const { signature, expected } = await signaturesOf(apiUrl, sent)
      expect(signature).toBe(expected)
    }

    // A page of another port is of the same site, so the browser sends it the cookie.
    const evil = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>evil'),
    )
    await page.goto('about:blank')
    for (const origin of [evil, evil.replace('127.0.0.1', 'localhost')]) {
      requests.splice(0)
      const other = await context.newPage()
      await other.goto(origin)
      expect(await other.evaluate(ATTACK(base)), origin).toEqual({ readable: 0, inFrame: null })
      expect(requests, origin).toEqual([])
    }

    const second = await browser.open()
    const again = await second.page.goto(link)
    expect({ status: again?.status(), text: await again?.text() }).toEqual({
      status: 403,
      text: expect.stringContaining('npm run console'),
    })
    expect(await command.end('SIGINT')).toBe(130)
  } finally {
    command.process.kill('SIGKILL')
  }
})
