import { hasPackage, linkNode24, provideNode24 } from './node24.mjs'

// npm runs this after `npm ci` and `npm install`, so that `npx serverless` finds Node 24, too; dev/setup.mjs does the same
// by itself. A machine that no package of Node 24 is for has to bring its own, which it may do later. package.json asks
// whether this file is there: into an image, package.json is often copied alone.

try {
  if (hasPackage()) await provideNode24()
  linkNode24()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
