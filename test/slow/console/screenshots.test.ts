import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { createClient } from '../../../client/src/index.ts'
import { importId } from '../../../lib/import/import-report.ts'
import { useConsole } from '../../support/console-pages.ts'
import { importShop } from '../../support/shop.ts'
import { root, run, temporaryFolder } from '../../support/stack.ts'

// `npm run docs:screenshots` stores the pictures in docs/images/, and this test in a folder that it deletes.

const console_ = useConsole()
const MAX_BYTES = 150_000
const WINDOW = { width: 1200, height: 820 }

beforeAll(async () => {
  await importShop(console_.stack())
  const check = ['invoke', 'local', '-f', 'check-index', '-p', 'events/check-index.schedule.json']
  const { status, stderr } = await run(console_.stack(), [
    'node_modules/serverless/bin/serverless.js',
    ...check,
  ])
  expect(status, stderr).toBe(0)
}, 120_000)

async function picture(
  name: string,
  address: string,
  prepare?: (page: Page) => Promise<void>,
): Promise<void> {
  const folder = process.env.SCREENSHOTS === 'docs' ? join(root, 'docs/images') : await temporaryFolder()
  await mkdir(folder, { recursive: true })
  const { page } = await console_.open(address, { viewport: WINDOW })
  await prepare?.(page)
  const path = join(folder, `console-${name}.png`)
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' })
  expect((await stat(path)).size).toBeLessThan(MAX_BYTES)
}

async function scrollTo(page: Page, heading: string): Promise<void> {
  const found = `[...document.querySelectorAll('h2')].find(({ textContent }) => textContent === '${heading}')`
  await page.evaluate(`${found}.scrollIntoView()`)
}

it('a picture of the overview', () => picture('overview', ''))

it('a picture of a search, with its map', () =>
  picture('search', '#/search?user=c1&k=5', async (page) => {
    await page.getByText('searched for').waitFor()
    await scrollTo(page, 'Map')
  }))

it('a picture of the curve from which a person chooses the size of an audience', () =>
  picture('audience', '#/audiences/new', async (page) => {
    const best = Array.from({ length: 200 }, (_, i) => `c${i + 1}`)
    await page.getByLabel('Ids of customers').fill(best.join('\n'))
    await page.getByRole('button', { name: 'Show how many are similar' }).click()
    await page.getByRole('spinbutton', { name: 'Customers' }).fill('500')
    await page.keyboard.press('Tab')
    await page.getByText(/We hid/).waitFor()
    await scrollTo(page, '3. How many')
  }))

it('a picture of why records of a file are rejected', async () => {
  const { apiUrl, s3Url, bucket } = console_.stack()
  const key = 'imports/customers.ndjson'
  const lines = Array.from({ length: 100 }, (_, i) => ({
    id: `n${i + 1}`,
    labels: i % 9 === 4 ? 7 : 'kids',
    vector_embedding: i % 5 === 3 ? [0.2, 0.4] : [0.1, 0.2, (i + 1) / 100],
  }))
  const body = lines.map((line) => JSON.stringify(line)).join('\n')
  await fetch(`${s3Url}/${bucket}/${key}`, { method: 'PUT', body })
  const id = importId(bucket, key, false)
  await createClient({ url: apiUrl }).imports.wait(id)
  await picture('import', `#/imports/${id}`)
})

it('a picture of the index, in the dark', () =>
  picture('index', '#/index', (page) => page.emulateMedia({ colorScheme: 'dark' })))
