import { hasPackage, linkNode24, provideNode24 } from './node24.mjs'

// npm runs this after `npm ci` and `npm install`, so that `npx serverless` finds Node 24. dev/setup.mjs does the same
// by itself. A machine without a package of Node 24 needs its own, and may get it later. The script in package.json tests whether
// this file exists, because images often copy package.json alone.

try {
  if (hasPackage()) await provideNode24()
  linkNode24()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
