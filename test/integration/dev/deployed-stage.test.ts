import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { python } from '../../../dev/python.ts'
import { type RunningStack, run, start } from '../../support/stack.ts'

/** A server on a free port, which gives what `listener` answers. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

/** What CloudFormation says of a stage whose outputs are these. */
function describeStacks(outputs: Record<string, string>): string {
  const members = Object.entries(outputs)
    .map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    )
    .join('')
  return `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>
    <member><StackName>lookalike-prod</StackName><StackStatus>CREATE_COMPLETE</StackStatus>
    <CreationTime>2026-11-22T12:00:00Z</CreationTime><Outputs>${members}</Outputs></member>
  </Stacks></DescribeStacksResult></DescribeStacksResponse>`
}

interface SignedRequest {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** The running stack as a deployed one: found through CloudFormation, behind an API that keeps what it was sent. */
async function deploy(stack: RunningStack) {
  const requests: SignedRequest[] = []
  const apiUrl = await serve(async (incoming, outgoing) => {
    const { method = '', url: path = '', headers } = incoming
    const body = await text(incoming)
    requests.push({ method, path, headers, body })
    const sent = { 'content-type': headers['content-type'] ?? '' }
    const answer = await fetch(new URL(path, stack.apiUrl), {
      method,
      ...(body !== '' && { body, headers: sent }),
    })
    outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
  })
  const asked: string[] = []
  const cloudFormation = await serve(async (incoming, outgoing) => {
    asked.push(await text(incoming))
    outgoing
      .writeHead(200, { 'content-type': 'text/xml' })
      .end(describeStacks({ ApiUrl: apiUrl, Bucket: stack.bucket }))
  })
  const env = {
    AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation,
    AWS_ENDPOINT_URL_S3: stack.s3Url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
  }
  return { apiUrl, requests, asked, env }
}

describe('with --stage the commands', { timeout: 60_000 }, () => {
  it('find the deployed API and bucket, and sign what they send as botocore would', async () => {
    const stack = await start()
    const { apiUrl, requests, asked, env } = await deploy(stack)

    const found = await run(stack, ['dev/cli/search.ts', '--stage', 'prod', '--user', '1', '--k', '2'], env)
    expect(found, found.stderr).toMatchObject({ status: 0, stdout: expect.stringMatching(/│ 2 [\s\S]*│ 3 /) })
    const imported = await run(
      stack,
      ['dev/cli/import.ts', '--stage', 'prod', 'events/data/users.ndjson'],
      env,
    )
    expect(imported).toMatchObject({ status: 0, stdout: expect.stringContaining('COMPLETED') })

    expect(asked[0]).toContain('StackName=lookalike-prod')
    expect(requests.map(({ method, path }) => `${method} ${path.replace(/[0-9a-f]{16}$/, '{id}')}`)).toEqual(
      expect.arrayContaining(['POST /search', 'GET /imports/{id}']),
    )
    for (const { method, path, headers, body } of [requests.at(0), requests.at(-1)].filter(
      (sent) => sent !== undefined,
    )) {
      const [, signedHeaders = '', signature] =
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d+\/eu-central-1\/execute-api\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/.exec(
          headers.authorization ?? '',
        ) ?? []
      const signed = Object.fromEntries(signedHeaders.split(';').map((name) => [name, headers[name]]))
      const request = { method, url: `${apiUrl}${path}`, headers: signed, body, region: 'eu-central-1' }
      const witness = await python(['test/support/sign.py'], { input: JSON.stringify(request) })
      expect(signature).toBe(witness.toString())
    }
  })

  it('say in one line that there is no such stage', async () => {
    const cloudFormation = await serve((_, outgoing) => {
      const error =
        '<Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id lookalike-prod does not exist</Message></Error>'
      outgoing.writeHead(400, { 'content-type': 'text/xml' }).end(`<ErrorResponse>${error}</ErrorResponse>`)
    })
    const env = {
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
    }
    const { status, stderr } = await run(
      { dataDir: '.' },
      ['dev/cli/search.ts', '--stage', 'prod', '--user', '1'],
      env,
    )
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'Stack with id lookalike-prod does not exist\n' })
  })
})
