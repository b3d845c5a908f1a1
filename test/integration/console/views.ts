import type { Locator } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { findBarriers, isTooWide, layoutShiftOf } from '../../support/console-checks.ts'
import type { ConsoleUnderTest } from '../../support/console-pages.ts'

/** Addresses of all views, with the name that each shows. */
const VIEWS = [
  ['Overview', '#/overview'],
  ['Search', '#/search?user=1'],
  ['Audiences', '#/audiences'],
  ['New audience', '#/audiences/new'],
  ['Imports', '#/imports'],
  ['Index', '#/index'],
] as const

export function testViews({ open }: ConsoleUnderTest): void {
  describe.each(VIEWS)('the view %s', { timeout: 30_000 }, (name, address) => {
    it('has no barrier, in light, in dark and on a small screen', async () => {
      const { page, faults } = await open(address)
      expect(await page.title()).toBe(`${name} – Lookalike`)
      expect(await findBarriers(page), 'light').toEqual([])
      expect(await layoutShiftOf(page)).toBeLessThan(0.1)

      await page.emulateMedia({ colorScheme: 'dark' })
      expect(await findBarriers(page), 'dark').toEqual([])

      await page.setViewportSize({ width: 360, height: 740 })
      expect(await findBarriers(page), '360 px').toEqual([])
      expect(await isTooWide(page)).toBe(false)

      await page.setViewportSize({ width: 2560, height: 1400 })
      expect(await isTooWide(page)).toBe(false)
      expect(faults).toEqual([])
    })
  })

  it('a person without a mouse skips the navigation, and searches', async () => {
    const { page, faults } = await open('#/search')
    await page.keyboard.press('Tab')
    await page.getByRole('button', { name: 'Skip to the content' }).press('Enter')
    // From the content on, and past the ways to name a customer.
    const id = page.getByLabel('Customer’s id')
    for (let tabs = 0; tabs < 4 && !(await isFocused(id)); tabs++) await page.keyboard.press('Tab')
    expect(await isFocused(id)).toBe(true)
    await page.keyboard.type('1')
    await page.keyboard.press('Enter')
    await page.getByRole('table', { name: 'Results' }).waitFor()
    expect(page.url()).toContain('#/search?user=1')
    await page
      .getByRole('status')
      .filter({ hasText: /customers? found/ })
      .waitFor()
    await page.getByText('curl -s http://').waitFor()
    // The search has removed the field that had the focus.
    expect(await isFocused(page.locator('#main'))).toBe(true)
    expect(faults).toEqual([])
  })
}

async function isFocused(field: Locator): Promise<boolean> {
  return (await field.and(field.page().locator(':focus')).count()) === 1
}
