import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pythonWith } from '../../dev/python.ts'
import { run } from '../../dev/subprocess.ts'
import { compile, type InstalledClient, installClient, linkPackages } from '../support/client-package.ts'
import { blocksOfPage } from '../support/page-blocks.ts'
import { nearestReaders, queries } from '../support/readers.ts'
import { recordRequests, signaturesOf } from '../support/signed-requests.ts'
import { request, root, useStack } from '../support/stack.ts'

const LOCAL_API = 'http://127.0.0.1:3000'
const LOCAL_S3 = 'http://127.0.0.1:4569'
const DEPLOYED = 'https://a1b2c3.execute-api.eu-central-1.amazonaws.com'
const KEY = 'imports/customers.parquet'
const requirements = join(root, 'test/support/quickstart/python-requirements.txt')
const python = pythonWith(requirements, 'awscli, boto3, pandas and pyarrow')

const blocks = blocksOfPage('docs/quickstart.md')
const [
  demo,
  start,
  makeParquet = '',
  settings = '',
  uploadByBoto3 = '',
  uploadByCli = '',
  uploadBySdk = '',
  listImports = '',
  searchByCurl = '',
  searchSigned = '',
  searchByPython = '',
  searchByClient = '',
  address = '',
  ...others
] = blocks.map(({ text }) => text)

describe('the blocks of docs/quickstart.md, in their order,', { timeout: 300_000 }, () => {
  const stack = useStack({ INDEX_DEFINITION: '{"vector":{"dimensions":384}}' })
  // The folder in which a reader of the page works: the client and the SDK are installed in it.
  let work: InstalledClient
  beforeAll(async () => {
    await python(['-c', ''])
    work = await installClient()
    await linkPackages(work, ['@aws-sdk/client-s3'])
  }, 600_000)
  afterAll(() => work.remove())

  const local = (block: string) =>
    block.replaceAll(LOCAL_API, stack().apiUrl).replaceAll(LOCAL_S3, stack().s3Url)
  const environment = () => ({
    ...Object.fromEntries(
      [...local(settings).matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
    ),
    PYTHONPATH: join(root, 'test/support/python'),
  })
  const inPython = async (block: string) =>
    (await python(['-c', local(block)], { cwd: work.folder, env: environment() })).toString()
  const inShell = async (block: string, env = {}) =>
    (await run('bash', ['-ec', local(block)], { cwd: work.folder, env })).toString()
  const imported = async (key: string) => {
    const find = async () => {
      const { body } = await request<{ imports: { key: string; state: string }[] }>(
        stack().apiUrl,
        '/imports',
      )
      return body.imports.find((one) => one.key === key)
    }
    await expect.poll(async () => (await find())?.state, { timeout: 60_000 }).toBe('COMPLETED')
    return find()
  }

  it('are all run by this test, or are starts that other tests run', () => {
    expect(others).toEqual([])
    expect(demo).toBe('npm run demo\n')
    expect(start).toContain(`INDEX_DEFINITION='{"vector":{"dimensions":384}}'`)
  })

  it('write a Parquet file and upload it by boto3', async () => {
    await inPython(makeParquet)
    await inPython(uploadByBoto3)
    expect(await imported(KEY)).toMatchObject({ written: 6, rejected: 0, searchable: 6 })
    expect(JSON.parse(await inShell(listImports))).toMatchObject({
      imports: [{ key: KEY, state: 'COMPLETED' }],
    })
  })

  it('upload it by the AWS CLI', async () => {
    const key = 'imports/by-cli.parquet'
    const [, ...args] = uploadByCli.replace(KEY, key).trim().split(' ')
    await python(['-m', 'awscli', ...args], { cwd: work.folder, env: environment() })
    expect(await imported(key)).toMatchObject({ unchanged: 6, rejected: 0 })
  })

  it('upload it by the SDK for JavaScript', async () => {
    const key = 'imports/by-sdk.parquet'
    await writeFile(join(work.folder, 'upload.js'), uploadBySdk.replace(KEY, key))
    await run(process.execPath, ['upload.js'], { cwd: work.folder, env: environment() })
    expect(await imported(key)).toMatchObject({ unchanged: 6, rejected: 0 })
  })

  it('search by curl', async () => {
    const answer = JSON.parse(await inShell(searchByCurl))
    expect(answer).toMatchObject({ complete: true, results: [{}, {}] })
    expect(answer.results.map(({ id }: { id: string }) => id).toSorted()).toEqual(['2', '6'])
  })

  it.each([{}, { AWS_SESSION_TOKEN: 'token' }])(
    'search by curl with a signature, credentials %j',
    async (more) => {
      const { url, requests } = await recordRequests(stack().apiUrl)
      const env = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', ...more }
      const answer = JSON.parse(await inShell(searchSigned.replace(DEPLOYED, url), env))
      expect(answer).toMatchObject({ complete: true, results: [{}, {}, {}] })
      const [sent] = requests
      if (sent === undefined) throw new Error('Expected a request, got none')
      expect(sent.headers['x-amz-security-token']).toBe(more.AWS_SESSION_TOKEN)
      const { signature, expected } = await signaturesOf(url, sent)
      expect(signature).toBe(expected)
    },
  )

  it('search by Python for the customers nearest to a vector', async () => {
    const [query] = queries
    if (query === undefined) throw new Error('Expected a query in test/data, got none')
    const [complete, ...found] = (await inPython(searchByPython)).trim().split('\n')
    expect(complete).toBe('complete: True')
    // The customers have the embeddings of the first six readers.
    const nearest = nearestReaders(query, 2_000)
      .map(Number)
      .filter((reader) => reader < 6)
    expect(found.map((line) => Number(line.split(' ')[0]))).toEqual(
      nearest.slice(0, 3).map((reader) => reader + 1),
    )
  })

  it('search by the client', async () => {
    const file = await compile(work, 'search', local(searchByClient))
    const printed = (await run(process.execPath, [file], {})).toString()
    expect(printed).toMatch(/^complete: true\n(\d 0\.\d{3} .*(kids|road).*\n){3}$/)
  })

  it('search by the address of a browser', async () => {
    const response = await fetch(local(address).trim())
    expect(await response.json()).toMatchObject({ complete: true, results: [{}, {}, {}] })
  })
})
