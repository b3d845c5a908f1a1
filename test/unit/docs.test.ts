import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the documents', () => {
  it('have no place that is still to be filled in', () => {
    const pages = globSync(['README.md', 'docs/**/*.md'], { cwd: root })
    expect(pages.length).toBeGreaterThan(20)
    const open = pages.filter((page) => /\{\{[A-Z]+\}\}/.test(readFileSync(`${root}/${page}`, 'utf8')))
    expect(open).toEqual([])
  })
})
