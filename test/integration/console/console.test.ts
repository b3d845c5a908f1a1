import { beforeAll } from 'vitest'
import { useConsole } from '../../support/console-pages.ts'
import { importShop } from '../../support/shop.ts'
import { storeHostileUser, testHostileUser } from './hostile-user.ts'
import { testJourneys } from './journeys.ts'
import { testViews } from './views.ts'

// One file, since each file starts a stack of its own. The other files next to this one hold the tests.

const console_ = useConsole()
beforeAll(async () => {
  await storeHostileUser(console_.stack())
  await importShop(console_.stack())
}, 120_000)

testViews(console_)
testHostileUser(console_)
testJourneys(console_)
