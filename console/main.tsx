import { render } from 'preact'
import { App } from './app.tsx'
import { finishSignIn } from './auth/session.ts'

const root = document.getElementById('app')
if (root === null) throw new Error('Expected an element with the id app in the page')
// A sign-in that fails leads to the same view, which then offers it again.
await finishSignIn().catch(() => {})
render(<App />, root)
