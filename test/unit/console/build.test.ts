import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildConsole } from '../../../dev/console/build.mjs'

/** What a page may weigh (issue: under 150 kB). */
const MOST_BYTES = 150_000

describe('the built console', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lookalike-console-'))
  const read = (name: string) => readFileSync(join(folder, name))
  let names: string[] = []
  beforeAll(async () => {
    names = await buildConsole(folder)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is a page, a program and a style, and small', () => {
    const plain = names.map((name) => name.replace(/-[0-9a-f]{12}\./, '-….'))
    expect(plain.toSorted()).toEqual(['app-….css', 'app-….js', 'index.html'])
    const packed = names.reduce((sum, name) => sum + gzipSync(read(name)).length, 0)
    expect(packed).toBeLessThan(MOST_BYTES)
  })

  it('has relative addresses, and nothing inline that the policy forbids', () => {
    const page = read('index.html').toString()
    const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address)
    expect(addresses.filter((address) => !/^(\.\/app-|data:,$)/.test(address ?? ''))).toEqual([])
    expect(page).not.toMatch(/<style|style=|<script>|\bon\w+=/)
  })

  it('names no other host', () => {
    const hosts = names.flatMap(
      (name) =>
        read(name)
          .toString()
          .match(/https?:\/\/[a-z0-9.-]+/gi) ?? [],
    )
    // The namespaces of SVG and of other languages are names, and no browser asks for them.
    expect(hosts.filter((host) => host !== 'http://www.w3.org')).toEqual([])
  })
})
