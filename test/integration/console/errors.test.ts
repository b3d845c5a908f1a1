import { createClient } from 'redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { buildPages } from '../../../dev/console/built-pages.ts'
import { startLoopbackConsole } from '../../../dev/console/loopback.ts'
import { useBrowser } from '../../support/browser.ts'
import { findBarriers } from '../../support/console-checks.ts'
import { openView } from '../../support/console-pages.ts'
import { serve } from '../../support/signed-requests.ts'
import { start } from '../../support/stack.ts'

const browser = useBrowser()

describe('a view says what is wrong and what to do', { timeout: 60_000 }, () => {
  it('when the index differs from its definition, and when Redis is down', async () => {
    const { apiUrl, redisUrl } = await start()
    const redis = createClient({ url: redisUrl }).on('error', () => {})
    await redis.connect()
    onTestFinished(() => redis.destroy())
    const [alias = ''] = await redis.ft._list()
    await redis.sendCommand(['FT.ALTER', alias, 'SCHEMA', 'ADD', '$.other', 'AS', 'other', 'TAG'])
    const { page } = await browser.open()
    await openView(page, `${apiUrl}/console/`)
    await expect
      .poll(() => page.getByRole('heading', { level: 1 }).innerText())
      .toMatch(/index differs from its definition/)
    await page
      .getByText(/open the page Index/i)
      .first()
      .waitFor()
    expect(await findBarriers(page)).toEqual([])

    process.kill(Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]), 'SIGKILL')
    await page.goto(`${apiUrl}/console/#/search?user=1`)
    await page.getByRole('alert').getByText('Redis cannot be reached').first().waitFor()
    await page
      .getByRole('alert')
      .getByText(/Start Redis/)
      .waitFor()
    expect(await findBarriers(page)).toEqual([])
    for (const view of ['overview', 'audiences', 'imports', 'index']) {
      await page.goto(`${apiUrl}/console/#/${view}`)
      await page.getByRole('alert').first().waitFor()
    }
  })

  it('when the credentials of the operator have expired', async () => {
    const apiUrl = await serve((_, response) => {
      const body = JSON.stringify({ message: 'The security token included in the request is expired' })
      response.writeHead(403, { 'content-type': 'application/json' }).end(body)
    })
    const api = { apiUrl, send: fetch, renew: async () => {} }
    const { link, close } = await startLoopbackConsole(await buildPages(), api, { bucketOrigin: apiUrl })
    onTestFinished(close)
    const { page } = await browser.open()
    await page.goto(link)
    const alert = page.getByRole('alert').first()
    await alert.waitFor()
    expect(await alert.innerText()).toMatch(/expired/)
    await alert.getByText('What the service said').click()
    expect(await alert.innerText()).toMatch(/aws sso login/)
  })
})
