import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { python } from '../../../dev/python.ts'
import { keys, s3ForTest } from '../../support/s3.ts'

const page = readFileSync(new URL('../../../docs/local-stack.md', import.meta.url), 'utf8')

it('the examples of docs/local-stack.md upload', { timeout: 120_000 }, async () => {
  const { server, client } = await s3ForTest()
  const example = (language: string) => {
    const text = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(page)?.[1] ?? ''
    return text.replaceAll('http://127.0.0.1:4569', server.url)
  }
  expect((await python(['-c', example('py')])).toString()).toBe('200\n')
  expect(await keys(client)).toEqual(['imports/users.ndjson'])
  const renamed = example('sh').replace('imports/', 'imports/form-')
  await promisify(execFile)('bash', ['-c', renamed])
  expect(await keys(client)).toEqual(['imports/form-users.ndjson', 'imports/users.ndjson'])
})
