import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './stack-process.ts'

/** The code blocks of a page, in their order, with their languages. */
export function blocksOfPage(page: string): { language: string; text: string }[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language = '', block = '']) => ({
    language,
    text: block,
  }))
}
