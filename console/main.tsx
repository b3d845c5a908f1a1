import { render } from 'preact'
import { App } from './app.tsx'

const root = document.getElementById('app')
if (root === null) throw new Error('Expected an element with the id app in the page')
render(<App />, root)
