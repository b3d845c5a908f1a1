import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { AwsClient } from 'aws4fetch'
import { type Client, createClient } from '../../client/src/index.ts'
import { credentials, region } from '../local/identity.ts'
import { isRunning } from '../process-name.mjs'
import type { StackAddresses } from '../stack.ts'

/** Where a command does its work: an API and a bucket, on this machine or in AWS. */
export interface Target {
  api: Client
  bucket: string
  /** Always the same client. It is loaded at the first call: most commands need none, and it takes half of their start. */
  openS3(): Promise<S3Client>
}

export async function findTarget(values: {
  stage?: string | undefined
  region?: string | undefined
}): Promise<Target> {
  if (values.stage !== undefined) return deployedTarget(values.stage, values.region)
  return localTarget(readStack(process.env.DATA_DIR || '.lookalike'))
}

/** A stack on this machine. */
export function localTarget({ apiUrl, s3Url, bucket }: StackAddresses): Target {
  const openS3 = s3Opener({ endpoint: s3Url, region, forcePathStyle: true, credentials })
  return { api: createClient({ url: apiUrl }), bucket, openS3 }
}

function s3Opener(config: S3ClientConfig): Target['openS3'] {
  let opening: Promise<S3Client> | undefined
  return () => (opening ??= import('@aws-sdk/client-s3').then(({ S3Client }) => new S3Client(config)))
}

/** The stack that `npm start` runs in this folder (or in DATA_DIR). */
function readStack(dataDir: string): StackAddresses {
  try {
    const stack: StackAddresses = JSON.parse(readFileSync(join(dataDir, 'stack.json'), 'utf8'))
    if (isRunning(stack.runBy)) return stack
  } catch {
    // There is no such file, or one that is not whole: none was started here.
  }
  throw new Error(
    'No local stack is running: start it with "npm start", or name a deployed one with --stage NAME',
  )
}

/** A stage that was deployed with serverless.yml, with the credentials that the AWS CLI would use. */
async function deployedTarget(stage: string, asked: string | undefined): Promise<Target> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation')
  const settings = asked === undefined ? {} : { region: asked }
  const cloudFormation = new CloudFormationClient(settings)
  const { Stacks: [stack] = [] } = await cloudFormation.send(
    new DescribeStacksCommand({ StackName: `lookalike-${stage}` }),
  )
  const output = (name: string) => {
    const value = stack?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue
    if (value === undefined)
      throw new Error(`Expected the stack lookalike-${stage} to have the output ${name}`)
    return value
  }
  const signer = new AwsClient({
    ...(await cloudFormation.config.credentials()),
    service: 'execute-api',
    region: await cloudFormation.config.region(),
    // The client does that itself, where a request may be sent twice.
    retries: 0,
  })
  const api = createClient({
    url: output('ApiUrl'),
    fetch: (url, init) => signer.fetch(url, init),
  })
  return { api, bucket: output('Bucket'), openS3: s3Opener(settings) }
}
