import type { BrowserContextOptions, Page } from 'playwright-core'
import { type OpenPage, useBrowser } from './browser.ts'
import { type RunningStack, useStack } from './stack.ts'

export interface ConsoleUnderTest {
  stack(): RunningStack
  /** Opens a view, such as `#/search?user=1`, as a person who has never been here, and waits for its data. */
  open(address: string, options?: BrowserContextOptions): Promise<OpenPage>
}

/** One stack and one browser for all tests of a file. */
export function useConsole(): ConsoleUnderTest {
  const stack = useStack()
  const browser = useBrowser()
  return {
    stack,
    async open(address, options) {
      const opened = await browser.open(options)
      await openView(opened.page, `${stack().apiUrl}/console/${address}`)
      return opened
    },
  }
}

export async function openView(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.getByRole('heading', { level: 1 }).waitFor()
  // Where data are missing, a view says so to a screen reader.
  await page.getByText('Loading', { exact: true }).first().waitFor({ state: 'detached' })
}
