import { beforeAll } from 'vitest'
import { useConsole } from '../../support/console-pages.ts'
import { storeHostileUser, testHostileUser } from './hostile-user.ts'
import { testViews } from './views.ts'

// One file, since each file starts a stack of its own. The other files next to this one hold the tests.

const console_ = useConsole()
beforeAll(() => storeHostileUser(console_.stack()), 60_000)

testViews(console_)
testHostileUser(console_)
