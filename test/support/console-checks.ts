import axe from 'axe-core'
import type { Page } from 'playwright-core'

// The scripts run in the page. They are text, because the types of Node and of a page exclude each other.

/** The rules of WCAG 2.2 AA, and axe's best practices. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const RUN_AXE = `axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(TAGS)} } }).then(
  ({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 200)).join(' | ')))`

const SUM_SHIFTS = `new Promise((resolve) => {
  let sum = 0
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) sum += value
  }).observe({ type: 'layout-shift', buffered: true })
  setTimeout(() => resolve(sum), 50)
})`

/** What axe finds in a page as it is now: each rule, and the elements that break it. */
export async function findBarriers(page: Page): Promise<string[]> {
  // Not as a script element, which the policy of the page forbids.
  await page.evaluate(axe.source)
  return page.evaluate<string[]>(RUN_AXE)
}

/** Whether a person has to scroll the whole page sideways. */
export function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth')
}

/** The sum of the layout shifts that no person caused (https://web.dev/articles/cls). */
export function layoutShiftOf(page: Page): Promise<number> {
  return page.evaluate<number>(SUM_SHIFTS)
}
