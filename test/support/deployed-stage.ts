import { text } from 'node:stream/consumers'
import { AWS_CREDENTIALS, recordRequests, serve } from './signed-requests.ts'
import type { RunningStack } from './stack.ts'

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
export async function deploy(stack: RunningStack) {
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
