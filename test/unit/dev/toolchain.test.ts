import { expect, it } from 'vitest'

it('runs on the Node of the deployed functions', () => {
  expect(process.version, 'run the tests with `npm test`, which finds Node 24').toMatch(/^v24\./)
})
