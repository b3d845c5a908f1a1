import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { findChromium } from './chromium.ts'

/** A download and the unpacking of Chromium, on a slow line. */
const FIRST_START_MS = 600_000

export interface OpenPage {
  page: Page
  context: BrowserContext
  /** What has gone wrong in the page so far: errors, dialogs, requests to other hosts, violations of its policy. */
  faults: string[]
}

/** One browser for all tests of a file. */
export function useBrowser() {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  }, FIRST_START_MS)
  afterAll(() => browser?.close())
  return {
    /** A page of a person who has never been here: without cookies and stored data. It closes with the test. */
    async open(options: BrowserContextOptions = {}): Promise<OpenPage> {
      if (browser === undefined)
        throw new Error('Expected a browser in a test, got none before the first one')
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
      onTestFinished(() => context.close())
      const page = await context.newPage()
      return { page, context, faults: watch(page) }
    },
  }
}

export async function startBrowser(): Promise<Browser> {
  const { executablePath, env } = await findChromium()
  return chromium.launch({
    executablePath,
    // In a container, and as root, Chromium cannot make its sandbox.
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
    env: { ...process.env, ...env },
  })
}

/** An answer that a view waits for, such as the 404 of an import that has not begun, is no fault of the page. */
const EXPECTED = /^Failed to load resource: the server responded with a status of (401|404|503)/

function watch(page: Page): string[] {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED.test(message.text()))
      faults.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url())
    const isOwn = ['127.0.0.1', 'localhost'].includes(hostname) || ['data:', 'blob:'].includes(protocol)
    if (!isOwn) faults.push(`request: ${request.url()}`)
  })
  return faults
}
