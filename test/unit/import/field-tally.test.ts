import { expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { fieldTallies } from '../../../lib/import/field-tally.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'

const definition = defineIndex(INDEX_DEFINITION, {
  fields: [{ path: '$.address.city', alias: 'city', type: 'TAG' }],
})

it('the tally of a window notes names within objects that are nearly declared ones', () => {
  const tallies = fieldTallies(definition)
  const tally = tallies.start()
  tallies.see(tally, { id: '1', Address: { City: 'Ulm' }, address: { 'c i t y': 1, x: [] } }, true)
  tallies.see(tally, { id: '2', address: { city: 'Ulm' }, __proto__: null }, true)
  tallies.see(tally, { USER: 2 }, false)
  expect([...tally.nearMisses]).toEqual([
    ['Address.City', 'address.city'],
    ['address.c i t y', 'address.city'],
    ['USER', 'user'],
  ])
  expect(tally.missing).toEqual([1])
})
