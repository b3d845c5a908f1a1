import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { APIS } from '../../lib/api/openapi.ts'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const pages = globSync(['*.md', 'docs/**/*.md', 'client/*.md', 'test/data/*.md'], { cwd: root })
const withoutCode = (text: string) => text.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/`[^`\n]*`/g, '')

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const headings = [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

describe('the documents', () => {
  it('have no place that is still to be filled in', () => {
    expect(pages.length).toBeGreaterThan(20)
    const open = pages.filter((page) => /\{\{|\bT(ODO|BD)\b|\bFIXME\b|\bXXX\b/.test(withoutCode(read(page))))
    expect(open).toEqual([])
  })

  it('link only to pages, files and headings that exist', () => {
    const tracked = new Set(
      globSync(['**/*', '.*'], { cwd: root, exclude: (name) => /node_modules|^\.git$/.test(name) }),
    )
    const broken = pages.flatMap((page) =>
      [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
        if (/^[a-z]+:/.test(link)) return []
        const [path = '', anchor] = link.split('#')
        const target = path === '' ? page : normalize(join(dirname(page), path)).replace(/\/$/, '')
        if (!tracked.has(target)) return [`${page}: ${link}`]
        const isMissing = anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor)
        return isMissing ? [`${page}: ${link}`] : []
      }),
    )
    expect(broken).toEqual([])
  })

  it('name only files of the project that exist', () => {
    const named = pages.flatMap((page) =>
      [
        ...read(page).matchAll(
          /`((?:lib|functions|dev|test|events|client)\/[\w./-]*\w\.(?:ts|mjs|json|py|yml|sh))`/g,
        ),
      ].map(([, path = '']) => ({ page, path })),
    )
    const missing = named.filter(({ path }) => globSync(path, { cwd: root }).length === 0)
    expect(missing.map(({ page, path }) => `${page}: ${path}`)).toEqual([])
  })

  it('name only commands of npm that exist', () => {
    const { scripts } = JSON.parse(read('package.json'))
    const missing = pages.flatMap((page) =>
      [...read(page).matchAll(/npm run (?:-s )?([\w:-]+)/g)]
        .filter(([, name = '']) => !(name in scripts))
        .map(([command]) => `${page}: ${command}`),
    )
    expect(missing).toEqual([])
  })

  it('list every route of the API in docs/api.md, and no other', () => {
    const inForce = { definition: defineIndex(INDEX_DEFINITION), maxK: 10 }
    const routes = Object.values(APIS).flatMap((api) => Object.keys(api(inForce).routes))
    const listed = [...read('docs/api.md').matchAll(/^\| `([A-Z]+ \/[^`]*)` \|/gm)].map(([, route]) => route)
    expect(listed.toSorted()).toEqual(routes.toSorted())
  })

  it('are all reached from the README', () => {
    const reached = new Set<string>()
    const follow = (page: string): void => {
      if (reached.has(page)) return
      reached.add(page)
      for (const [, link = ''] of read(page).matchAll(/\]\(([^)#\s]+\.md)/g)) {
        if (!/^[a-z]+:/.test(link)) follow(normalize(join(dirname(page), link)))
      }
    }
    follow('README.md')
    const lost = pages.filter(
      (page) => page.startsWith('docs/') && !page.includes('/decisions/') && !reached.has(page),
    )
    expect(lost).toEqual([])
  })
})
