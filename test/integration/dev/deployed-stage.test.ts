import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { AWS_CREDENTIALS, recordRequests, serve, signaturesOf } from '../../support/signed-requests.ts'
import { type RunningStack, run, start } from '../../support/stack.ts'

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

/** The running stack as a deployed one: found through CloudFormation, behind an API that keeps what it was sent. */
async function deploy(stack: RunningStack) {
  const { url: apiUrl, requests } = await recordRequests(stack.apiUrl)
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
    ...AWS_CREDENTIALS,
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
    for (const request of [requests.at(0), requests.at(-1)].filter((sent) => sent !== undefined)) {
      const { signature, expected } = await signaturesOf(apiUrl, request)
      expect(signature).toBe(expected)
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
