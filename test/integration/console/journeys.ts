import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import papaparse from 'papaparse'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { createClient } from '../../../client/src/index.ts'
import { saveRecallArgs } from '../../../lib/index-state/recall-store.ts'
import { bikeShop, connectTo } from '../../support/bike-shop.ts'
import { findBarriers } from '../../support/console-checks.ts'
import type { ConsoleUnderTest } from '../../support/console-pages.ts'
import { BEST, SHOP_SIZE } from '../../support/shop.ts'
import { type RunningStack, temporaryFolder } from '../../support/stack.ts'

/** Three people who use the console for the first time. They click what they can read. */
export function testJourneys({ stack, open }: ConsoleUnderTest): void {
  describe('in the console', { timeout: 60_000 }, () => {
    it('a marketer gets a CSV of customers like the 200 best ones', async () => {
      const { page, faults } = await open('')
      await page.getByRole('link', { name: 'Audiences' }).click()
      await page.getByRole('link', { name: 'New audience' }).click()
      const best = Array.from({ length: BEST }, (_, i) => `c${i + 1}`)
      await page.getByLabel('Ids of customers').fill(best.join('\n'))
      await page.getByRole('button', { name: 'Show how many are similar' }).click()
      await page.getByText('200 of 200 named customers could be used').waitFor()
      await page.getByRole('img', { name: /Similarity of the last customer/ }).waitFor()
      await page.getByRole('spinbutton', { name: 'Customers' }).fill('500')
      await page.getByRole('checkbox', { name: 'labels', exact: true }).check()
      await page.getByLabel('Name').fill('Spring')
      expect(await findBarriers(page)).toEqual([])
      await page.getByRole('button', { name: 'Make the file' }).click()
      await page.getByRole('heading', { name: '500 customers are in the file.' }).waitFor({ timeout: 40_000 })
      expect(await findBarriers(page)).toEqual([])

      const text = await textOf(page, 'Download the file')
      const { data } = papaparse.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true })
      expect(data).toHaveLength(500)
      expect(Object.keys(data[0] ?? {})).toEqual(
        expect.arrayContaining(['id', 'rank', 'similarity', 'labels']),
      )
      expect(data.filter(({ id = '' }) => best.includes(id))).toEqual([])
      expect(new Set(data.map(({ id }) => id)).size).toBe(500)
      expect(faults).toEqual([])

      // Another person deletes it meanwhile.
      await createClient({ url: stack().apiUrl }).audiences.delete(page.url().split('/').at(-1) ?? '')
      await page.getByRole('link', { name: 'Download the file' }).click()
      await page.getByRole('alert').waitFor()

      // The focus goes to the answer that does no harm, and back.
      await page.getByRole('button', { name: 'Delete' }).click()
      await page.locator('button:focus', { hasText: 'No' }).press('Enter')
      await page.locator('button:focus', { hasText: 'Delete' }).waitFor()
    })

    it('a data person finds out why 37 records are rejected, corrects them, and imports the file', async () => {
      const lines = fileWithMistakes()
      const file = join(await temporaryFolder(), 'customers.ndjson')
      await writeFile(file, lines.join('\n'))
      const { page, faults } = await open('')
      await page.getByRole('link', { name: 'Imports' }).click()
      await choose(page, file)
      await page
        .getByRole('heading', { name: '63 records can be imported, and 37 records would be rejected.' })
        .waitFor()
      await page.getByRole('heading', { name: 'Why 37 records are rejected' }).waitFor()
      await page.getByText('The vector has the wrong number of dimensions').waitFor()
      await page.getByRole('button', { name: 'List all 37' }).click()
      const all = page.getByRole('table', { name: 'All rejects' })
      await all.getByText('line 2', { exact: true }).waitFor()
      expect(await findBarriers(page)).toEqual([])

      const rejects = (await textOf(page, 'Download the rejects')).trim().split('\n')
      expect(rejects).toHaveLength(37)
      for (const reject of rejects) {
        const { line, message }: { line: number; message: string } = JSON.parse(reject)
        expect(message).not.toBe('')
        lines[line - 1] = record(line - 1)
      }
      await writeFile(file, lines.join('\n'))
      await page.getByRole('link', { name: 'Choose another file' }).click()
      await choose(page, file)
      await page.getByRole('heading', { name: '100 records can be imported.' }).waitFor()
      await page.getByRole('button', { name: 'Import them' }).click()
      await page.getByRole('heading', { name: '100 customers written.' }).waitFor()
      const found = await fetch(`${stack().apiUrl}/users/d2`)
      expect(found.status).toBe(200)
      expect(faults).toEqual([])
    })

    it('an operator sees that recall fell, and how to miss no customer until it is mended', async () => {
      await lowerRecall(stack())
      const { page, faults } = await open('')
      await page.getByRole('heading', { name: 'The index finds fewer customers than it should.' }).waitFor()
      await page.getByText(/Recall fell: .* 91\s?% of the .* nearest customers/).waitFor()
      await page
        .getByRole('img', { name: /Share of the nearest customers/ })
        .first()
        .waitFor()
      await page.getByText(/tick “Compare with every customer” in a search/).waitFor()

      await page.getByRole('link', { name: 'Search' }).click()
      await page.getByLabel('Customer’s id').fill('c1')
      await page.getByRole('checkbox', { name: /Compare with every customer/ }).check()
      await page.getByRole('button', { name: 'Search' }).click()
      await page.getByText(/Every customer was compared\. The answer is complete\./).waitFor()
      expect(faults).toEqual([])
    })
  })
}

/** Clicks a link that downloads a file, and gives its text. */
async function textOf(page: Page, link: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: link }).click(),
  ])
  return readFile(await download.path(), 'utf8')
}

async function choose(page: Page, file: string): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Choose a file' }).click(),
  ])
  await chooser.setFiles(file)
}

function record(i: number, changes: object = {}): string {
  const own = { id: `d${i + 1}`, labels: 'kids', vector_embedding: [0.1, 0.2, (i + 1) / 100] }
  return JSON.stringify({ ...own, ...changes })
}

/** 100 records. Of the first 74, every second one has a mistake. */
function fileWithMistakes(): string[] {
  const mistakes: ((i: number) => string)[] = [
    (i) => record(i, { vector_embedding: [0.1, 0.2] }),
    (i) => record(i, { vector_embedding: [0, 0, 0] }),
    (i) => record(i, { labels: 7 }),
    (i) => record(i).slice(0, -1),
  ]
  return Array.from({ length: 100 }, (_, i) => {
    const mistake = i < 74 && i % 2 === 1 ? mistakes[((i - 1) / 2) % mistakes.length] : undefined
    return mistake === undefined ? record(i) : mistake(i)
  })
}

/** Stores a measurement with a low result, as of a graph that has grown old. */
async function lowerRecall({ apiUrl, redisUrl }: RunningStack): Promise<void> {
  const { index } = await createClient({ url: apiUrl }).index.get()
  const measured = (share: number) => ({ efRuntime: 4_000, measured: share, ms: 3 })
  const curve = [10, 100, 1_000].map((k) => ({
    k,
    single: measured(0.91),
    group: measured(0.93),
    exactMs: 2,
    filtered: { ...measured(0.92), exactMs: 4, candidates: 1.2 },
  }))
  const counts = { target: 0.99, documents: SHOP_SIZE, probes: 50, asked: 0 }
  const recall = {
    index: index ?? '',
    at: new Date().toISOString(),
    tookMs: 900,
    ...counts,
    curve,
    skipped: null,
    lastAttempt: null,
  }
  const redis = connectTo({ url: redisUrl })
  await redis.send(saveRecallArgs(bikeShop, recall))
  await redis.close()
}
