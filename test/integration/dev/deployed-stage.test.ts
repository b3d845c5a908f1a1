import { describe, expect, it } from 'vitest'
import { deploy } from '../../support/deployed-stage.ts'
import { serve, signaturesOf } from '../../support/signed-requests.ts'
import { run, start } from '../../support/stack.ts'

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
