import { describe, expect, it } from 'vitest'
import { createClient } from '../../../client/src/index.ts'
import { importId } from '../../../lib/import/import-report.ts'
import type { ConsoleUnderTest } from '../../support/console-pages.ts'
import type { RunningStack } from '../../support/stack.ts'

const SCRIPT = '<script>alert(1)</script><img src=x onerror=alert(2)>'
const HOSTILE = {
  id: `"><svg onload=alert(3)>`,
  descr: `${SCRIPT} javascript:alert(4) {{constructor.constructor('alert(5)')()}}`,
  // A right-to-left override, an isolate without an end, a bell, an escape sequence, a zero-width space.
  labels: 'kids\u202Egpj.exe\u2066, \u0007\u001b[31mred\u200b, <b>bold</b>',
  vector_embedding: [0.9, 0.7, 0.21],
}
const HOSTILE_FILE = `imports/<img src=x onerror=alert(6)>\u202E.ndjson`

export async function storeHostileUser({ apiUrl, s3Url, bucket }: RunningStack): Promise<void> {
  const api = createClient({ url: apiUrl })
  await api.users.put(HOSTILE.id, HOSTILE)
  const key = HOSTILE_FILE.split('/').map(encodeURIComponent).join('/')
  // The second record is a reject with an id of the attacker.
  const body = `${JSON.stringify({ ...HOSTILE, id: `${HOSTILE.id}2` })}\n${JSON.stringify({ id: SCRIPT })}\n`
  await fetch(`${s3Url}/${bucket}/${key}`, { method: 'PUT', body })
  const { state } = await api.imports.wait(importId(bucket, HOSTILE_FILE, false))
  expect(state).toBe('PARTIAL')
}

export function testHostileUser({ open }: ConsoleUnderTest): void {
  describe('a user, a file and a reject that hold script, HTML, other directions and control characters', () => {
    it.each([
      ['Overview', '#/overview'],
      ['Search by another user', '#/search?user=1'],
      ['Search by that user', `#/search?user=${encodeURIComponent(HOSTILE.id)}`],
      ['Search by an address that holds script', `#/search?user=${encodeURIComponent(SCRIPT)}`],
      ['Audiences', '#/audiences'],
      ['Imports', '#/imports'],
      ['Index', '#/index'],
      ['an address of no view', `#/${encodeURIComponent(SCRIPT)}?${encodeURIComponent(SCRIPT)}`],
    ])('harm not the view %s', async (_, address) => {
      const { page, faults } = await open(address)
      expect(faults).toEqual([])
      for (const element of ['script:not([src])', 'img', 'svg[onload]', 'b'])
        expect(await page.locator(element).count(), element).toBe(0)
    })

    it('are shown as text in the results of a search', async () => {
      const { page } = await open('#/search?user=1')
      const results = page.getByRole('table', { name: 'Results' })
      await results.getByText(HOSTILE.id, { exact: true }).waitFor()
      const text = await results.innerText()
      expect(text).toContain(SCRIPT)
      expect(text).toContain('\\u202e')
      expect(text).toContain('\\u001b')
      expect(text).not.toMatch(/\p{Bidi_Control}/u)
      expect(['\u0007', '\u001b'].filter((character) => text.includes(character))).toEqual([])
    })
  })
}
