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
  return localTarget(readLocalStack())
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
export function readLocalStack(dataDir = process.env.DATA_DIR || '.lookalike'): StackAddresses {
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
  const { apiUrl: url, send, bucket, openS3 } = await findDeployedStage(stage, asked)
  return { api: createClient({ url, fetch: send }), bucket, openS3 }
}

export interface DeployedStage extends Pick<Target, 'bucket' | 'openS3'> {
  apiUrl: string
  /** Sends a request to the API, signed with the credentials of that moment. */
  send: SignedFetch
  /** Reads the credentials again, as after an answer that they have expired. */
  renew(): Promise<void>
}

export type SignedFetch = (url: string, init: RequestInit) => Promise<Response>

export async function findDeployedStage(stage: string, asked: string | undefined): Promise<DeployedStage> {
  const [{ CloudFormationClient, DescribeStacksCommand }, { operatorCredentials }] = await Promise.all([
    import('@aws-sdk/client-cloudformation'),
    import('./credentials.ts'),
  ])
  const current = operatorCredentials()
  const settings = { credentials: current, ...(asked !== undefined && { region: asked }) }
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
  const stageRegion = await cloudFormation.config.region()
  const send: SignedFetch = async (url, init) => {
    // The client repeats a request itself, where that does no harm.
    const signer = new AwsClient({
      ...(await current()),
      service: 'execute-api',
      region: stageRegion,
      retries: 0,
    })
    return signer.fetch(url, init)
  }
  const renew = async () => void (await current({ forceRefresh: true }))
  return { apiUrl: output('ApiUrl'), bucket: output('Bucket'), send, renew, openS3: s3Opener(settings) }
}

/** The origin of the links that the functions of a stage sign. */
export async function findBucketOrigin({
  openS3,
  bucket,
}: Pick<Target, 'openS3' | 'bucket'>): Promise<string> {
  const [{ GetObjectCommand }, { getSignedUrl }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/s3-request-presigner'),
  ])
  return new URL(await getSignedUrl(await openS3(), new GetObjectCommand({ Bucket: bucket, Key: 'a' })))
    .origin
}
