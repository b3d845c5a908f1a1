import { linkNode24, provideNode24 } from './setup/node24.mjs'
import { installPackages } from './setup/packages.mjs'
import { endLike, Interrupted, run } from './setup/run.mjs'

// `node dev/setup.mjs [--omit=dev] [SCRIPT [ARGUMENT…]]` installs missing npm packages and a missing Node 24, and
// runs the script on Node 24. `--omit=dev` omits packages that only tests and checks need. This file is plain
// JavaScript without dependencies: it starts on a bare clone and on any Node from 20.11.

try {
  refuseOldNode()
  const [first, ...rest] = process.argv.slice(2)
  const withDev = first !== '--omit=dev'
  const node = await provideNode24()
  await installPackages({ withDev, node })
  linkNode24()
  const command = withDev ? process.argv.slice(2) : rest
  if (command.length > 0) endLike(await run([node, ...command], { stdio: 'inherit' }))
} catch (error) {
  if (error instanceof Interrupted) endLike({ code: null, signal: error.signal })
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 11)) return
  throw new Error(`Lookalike starts on Node 20.11 or later, and this is ${process.version}: install Node 24`)
}
