import { expect, it } from 'vitest'
import { createClient } from '../../../client/src/index.ts'
import { importId } from '../../../lib/import/import-report.ts'
import { useConsole } from '../../support/console-pages.ts'

const console_ = useConsole()
const ROWS = 100_000

/** Scrolls an element to its end in a hundred steps, one for each frame. Gives the longest frame, and the most rows. */
const SCROLL = `(async () => {
  const scroller = document.querySelector('section[aria-label="All rejects"]')
  let longest = 0
  let rows = 0
  let last = performance.now()
  for (let step = 1; step <= 100; step++) {
    scroller.scrollTop = (scroller.scrollHeight * step) / 100
    await new Promise(requestAnimationFrame)
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
    rows = Math.max(rows, scroller.querySelectorAll('tr').length)
  }
  return { longest: Math.round(longest), rows }
})()`

it('a table of 100,000 rows scrolls to its end, and only has the rows in sight', async () => {
  const { apiUrl, s3Url, bucket } = console_.stack()
  const key = 'imports/rejected.ndjson'
  const body = Array.from({ length: ROWS }, (_, i) => `{"id":"r${i}","vector_embedding":[1,2]}`).join('\n')
  await fetch(`${s3Url}/${bucket}/${key}`, { method: 'PUT', body })
  const id = importId(bucket, key, false)
  expect(await createClient({ url: apiUrl }).imports.wait(id)).toMatchObject({ rejected: ROWS })

  const { page, faults } = await console_.open(`#/imports/${id}`)
  await page.getByRole('button', { name: /^List all 100/ }).click()
  const table = page.getByRole('table', { name: 'All rejects' })
  await table.getByText('line 1', { exact: true }).waitFor()
  const { longest, rows } = await page.evaluate<{ longest: number; rows: number }>(SCROLL)
  await table.getByText('line 100000', { exact: true }).waitFor()
  console.log(`longest frame: ${longest} ms, most rows at once: ${rows}`)
  expect(rows).toBeLessThan(200)
  expect(longest).toBeLessThan(1_000)
  expect(faults).toEqual([])
})
