import { describe, expect, it } from 'vitest'
import { textDoubts } from '../../../lib/fields/text-doubts.ts'

describe('a text of which a filter does not find every word', () => {
  const [joined, long, spelling] = ['joined', 'more than 128 bytes', 'unusual places']
  it.each([
    ['road bikes, kid-friendly; (new) 100%', []],
    ['Grüße aus München, ÄPFEL und Автодом АвтоДом', []],
    ['road — bikes', []],
    ['a\u0308pfel 🚲 山', []],
    ['road bikes\n', []],
    [`${'x'.repeat(128)} ${'y'.repeat(128)}`, []],
    ['road\nbikes', [joined]],
    ['road bikes\r\nkids', [joined]],
    ['road\u00a0bikes', [joined]],
    ['road—bikes', [joined]],
    ['“road” bikes', [joined]],
    ['c:\\temp\\new', [joined]],
    ['x'.repeat(129), [long]],
    ['山'.repeat(43), [long]],
    ['ВЕЛОсипедЫ', [spelling]],
    [`road\nbikes ${'x'.repeat(129)} аВтОдОмОбИлЬ`, [joined, long, spelling]],
  ])('%j is named: %j', (text, doubts) => {
    expect(textDoubts(text)).toEqual(doubts.map((doubt) => expect.stringContaining(doubt)))
  })
})
