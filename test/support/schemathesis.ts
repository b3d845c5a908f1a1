import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { python } from '../../dev/python.ts'
import { request } from './stack.ts'

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
]
// Left out: unsupported_method (API Gateway answers 404 where there is no route, not 405), ignored_auth (the local
// stack asks for none), positive_data_acceptance (no schema can say that a vector must have a direction).

/**
 * Keeps its notes in the given folder. Ends with the exit status as the last word of the output, which `python` would
 * keep to itself after a failure.
 */
const RUN = `import os, sys
from schemathesis.cli import schemathesis
os.chdir(sys.argv[1])
try: schemathesis(sys.argv[2:])
except SystemExit as end: print('status', end.code)`

/** A response's problem may only have the codes that the response lists. */
function withCodes(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('x-error-codes' in value)) return value
  const { 'x-error-codes': codes, ...response } = value
  const schema = {
    allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: codes } } }],
  }
  const content = 'content' in response ? response.content : {}
  return { ...response, content: { ...Object(content), 'application/problem+json': { schema } } }
}

/** Asks a running stack whatever its OpenAPI document allows, and what it forbids; gives all that schemathesis prints. */
export async function askAsDocumented(apiUrl: string, args: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-openapi-'))
  try {
    const { body } = await request<object>(apiUrl, '/openapi.json')
    const file = join(folder, 'openapi.json')
    await writeFile(file, JSON.stringify({ ...body, security: [] }, withCodes))
    const options = ['--url', apiUrl, '--checks', CHECKS.join(), '--seed', '1', '--no-color', ...args]
    return (await python(['-c', RUN, folder, 'run', file, ...options])).toString()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
