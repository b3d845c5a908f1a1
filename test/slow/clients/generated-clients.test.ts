import { globSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../../dev/subprocess.ts'
import { blocksOf } from '../../support/client-package.ts'
import { generators, python, runGenerator } from '../../support/generators.ts'
import { request, useStack } from '../../support/stack.ts'

const LOCAL = 'http://127.0.0.1:3000'
const fields = [
  { path: '$.descr', alias: 'descr', type: 'TEXT' },
  { path: '$.labels', alias: 'labels', type: 'TAG' },
  { path: '$.age', alias: 'age', type: 'NUMERIC' },
  { path: '$.address.place', alias: 'place', type: 'GEO' },
  { path: '$.member', alias: 'member', type: 'BOOLEAN' },
]
const FOUND = /2\W+mountain, kids\W+3\W+kids\W+$/

describe('a client that was generated from the document, with fields of every type,', () => {
  const stack = useStack({ INDEX_DEFINITION: JSON.stringify({ fields }) })
  let folder = ''
  let tools: string
  const local = (text: string) => text.replaceAll(LOCAL, stack().apiUrl)

  beforeAll(async () => {
    tools = await generators()
    folder = await mkdtemp(join(tmpdir(), 'lookalike-generated-'))
    await writeFile(join(folder, 'package.json'), '{"type": "module"}')
    await symlink(join(tools, 'node_modules'), join(folder, 'node_modules'))
    for (const block of await blocksOf('docs/api.md', 'sh')) {
      const commands = block.trim().split('\n')
      for (const command of commands.filter(
        (line) => line.includes('/openapi.json') && !line.startsWith('curl'),
      ))
        await runGenerator(local(command), folder)
    }
  }, 600_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** Compiles with all that `strict` checks, and runs. */
  async function compileAndRun(name: string, source: string): Promise<string> {
    const file = join(folder, `${name}.ts`)
    await writeFile(file, source)
    const options = ['--strict', '--noEmit', '--target', 'es2022', '--module', 'esnext']
    const resolution = ['--moduleResolution', 'bundler', '--allowImportingTsExtensions', '--skipLibCheck']
    const tsc = join(tools, 'node_modules/typescript/bin/tsc')
    await run(process.execPath, [tsc, ...options, ...resolution, file], { cwd: folder })
    const outfile = join(folder, `${name}.mjs`)
    await build({ entryPoints: [file], outfile, bundle: true, platform: 'node', format: 'esm' })
    return (await run(process.execPath, [outfile])).toString()
  }

  it('by openapi-typescript compiles and searches, as docs/api.md shows', async () => {
    const [example = ''] = await blocksOf('docs/api.md', 'typescript')
    expect(await compileAndRun('openapi-typescript', local(example))).toMatch(FOUND)
  })

  it('by openapi-typescript writes what it reads, requires what the API requires, and reads errors', async () => {
    const source = `
      import createClient from 'openapi-fetch'
      import type { components, paths } from './lookalike.d.ts'

      const api = createClient<paths>({ baseUrl: '${LOCAL}' })
      const record: components['schemas']['UserRecord'] = {
        labels: ['kids', 'road'],
        age: 34,
        address: { place: '13.4,52.5', city: 'Berlin' },
        member: true,
        vector_embedding: [0.1, 0.8, 0.6],
        more: 1,
      }
      const path = { id: '5' }
      const put = await api.PUT('/users/{id}', { params: { path, header: { 'If-None-Match': '*' } }, body: record })
      const user = await api.GET('/users/{id}', { params: { path } })
      const query = { k: 2, labels: ['kids', 'road'], age: 34, place: [13.4, 52.5, 1], member: true }
      const similar = await api.GET('/users/{id}/similar', { params: { path: { id: '1' }, query } })
      const none = await api.POST('/search', { body: { user: 'nobody' } })
      const code = none.error && 'code' in none.error ? none.error.code : undefined
      const change = await api.PUT('/index', { body: {} })
      await api.DELETE('/users/{id}', { params: { path, header: { 'If-Match': '"' + user.data?.version + '"' } } })
      console.log(put.data?.change, user.data?.document.age, user.data?.document.more)
      console.log(similar.data?.results.map(({ id }) => id).join(), code, change.data?.change)
      export const refused = () => [
        // @ts-expect-error: the vector is missing
        api.PUT('/users/{id}', { params: { path }, body: { labels: 'kids' } }),
        // @ts-expect-error: no field of the definition
        api.POST('/search', { body: { user: '1', fields: ['nothing'] } }),
        // @ts-expect-error: neither vector, user nor like
        api.POST('/search', { body: { k: 2 } }),
      ]`
    expect(await compileAndRun('records', local(source))).toBe('created 34 1\n5 USER_NOT_FOUND unchanged\n')
  })

  it('by openapi-python-client is whole, and searches, as docs/api.md shows', async () => {
    const { body } = await request<{ paths: Record<string, object> }>(stack().apiUrl, '/openapi.json')
    const operations = Object.values(body.paths).flatMap((path) => Object.keys(path))
    const modules = globSync('lookalike-client/lookalike_client/api/*/[a-z]*.py', { cwd: folder })
    expect(modules).toHaveLength(operations.length)
    const [example = ''] = await blocksOf('docs/api.md', 'python')
    await writeFile(join(folder, 'example.py'), local(example))
    const env = { PYTHONPATH: 'lookalike-client' }
    expect((await python(['example.py'], { cwd: folder, env })).toString()).toMatch(FOUND)
  })

  it('by openapi-python-client writes what it reads, and reads errors', async () => {
    const source = `
from lookalike_client import Client
from lookalike_client.api.index import provision_index
from lookalike_client.api.search import search, similar_users
from lookalike_client.api.users import delete_user, get_user, put_user
from lookalike_client.models import ProvisionRequest, SearchByUser, UserRecord, UserRecordAddress

client = Client(base_url='${LOCAL}')
address = UserRecordAddress(place='13.4,52.5')
record = UserRecord(labels=['kids', 'road'], age=34, address=address, member=True, vector_embedding=[0.1, 0.8, 0.6])
record['more'] = 1
put = put_user.sync('5', client=client, body=record, if_none_match='*')
user = get_user.sync('5', client=client)
similar = similar_users.sync('1', client=client, k=2, labels=['kids', 'road'], age=34, place=[13.4, 52.5, 1], member=True)
none = search.sync(client=client, body=SearchByUser(user='nobody'))
change = provision_index.sync(client=client, body=ProvisionRequest())
delete_user.sync_detailed('5', client=client, if_match=user.version)
print(put.change.value, user.document.age, user.document['more'])
print([one.id for one in similar.results], none.code.value, change.change.value)
`
    await writeFile(join(folder, 'records.py'), local(source))
    const output = await python(['records.py'], { cwd: folder, env: { PYTHONPATH: 'lookalike-client' } })
    expect(output.toString()).toBe("created 34 1\n['5'] USER_NOT_FOUND unchanged\n")
  })

  it('by openapi-generator compiles and searches, as docs/api.md shows', async () => {
    const [, example = ''] = await blocksOf('docs/api.md', 'typescript')
    expect(await compileAndRun('openapi-generator', local(example))).toMatch(FOUND)
  })
})
