import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import {
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Moto, startMoto } from '../../support/deploy/moto.ts'
import { copyProject, type Project } from '../../support/deploy/project.ts'
import { httpEvent } from '../../support/http-event.ts'
import { startEnvironment } from '../../support/lambda-environment.ts'
import { useRedis } from '../../support/redis.ts'

// One test after the other: each deployment begins where the one before ended.

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
const Resources = v.object({
  Resources: v.record(
    v.string(),
    v.object({ Type: v.string(), Properties: v.optional(v.looseObject({}), {}) }),
  ),
})
const Code = v.object({ S3Key: v.string() })
const Variables = v.object({
  Environment: v.object({ Variables: v.record(v.string(), v.unknown()) }),
  FunctionName: v.string(),
})
const jwt = ['authorizer=jwt', 'jwtIssuer=https://login.example/', 'jwtAudience=shop']

let moto: Moto
let project: Project
const redis = useRedis()

beforeAll(async () => {
  moto = await startMoto()
  project = await copyProject()
}, 300_000)
afterAll(async () => {
  await moto?.stop()
  await project?.remove()
})

describe('a deployment into an imitation of AWS', () => {
  it('makes the stack of a stage', async () => {
    expect(await deploy('prod', ['alarmEmail=ops@example.com'])).toMatch(
      /Service deployed to stack lookalike-prod/,
    )
    expect(await outputsOf('prod')).toMatchObject({
      Authorizer: 'iam',
      Bucket: 'lookalike-prod-eu-central-1-123456789012',
      QueueUrl: expect.stringContaining('ImportQueue'),
      DashboardUrl: expect.stringContaining('lookalike-prod-eu-central-1'),
    })
  })

  it('imports a file that is put into its bucket, and finds its users, by the deployed zips', async () => {
    await configureNotifications('prod')
    for (const role of ['provision-index', 'import-users', 'search-users'] as const) {
      await putUrl(`/lookalike/prod/redis-url/${role}`, redis.urlOf(role))
    }
    const body = readFileSync(new URL('../../../events/data/users.ndjson', import.meta.url))
    const { Bucket, QueueUrl } = await outputsOf('prod')
    await s3().send(new PutObjectCommand({ Bucket, Key: 'imports/shop/a b+ü.ndjson', Body: body }))
    const message = await receiveCreation(QueueUrl)

    const provision = await startDeployed('provision-index')
    expect(await provision.invoke({})).toMatchObject({ result: { state: 'ready' } })
    const importer = await startDeployed('import-users')
    const record = {
      eventSource: 'aws:sqs',
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: { ApproximateReceiveCount: '1' },
    }
    expect(await importer.invoke({ Records: [record] })).toMatchObject({ result: { batchItemFailures: [] } })
    const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket, Prefix: 'reports/' }))
    expect(Contents).toHaveLength(1)

    const search = await startDeployed('search-users')
    const event = httpEvent('POST /search', { body: JSON.stringify({ vector: [0.9, 0.7, 0.2], k: 2 }) })
    const { result } = await search.invoke(event)
    expect(result).toMatchObject({ statusCode: 200 })
    expect(JSON.stringify(result)).toMatch(/\\"id\\":\\"1\\".*\\"id\\":\\"2\\"/)
  })

  it('changes nothing without a change', async () => {
    expect(await deploy('prod', ['alarmEmail=ops@example.com'])).toContain('No changes to deploy')
  })

  it('moves searches to a new version with a changed setting', async () => {
    const before = await readLiveVersion()
    expect(await deploy('prod', ['alarmEmail=ops@example.com', 'logLevel=WARN'])).toContain(
      'Service deployed',
    )
    expect(await readLiveVersion()).not.toBe(before)
  })

  it('makes another stage, with other settings, in the VPC of deploy/vpc.yml', async () => {
    const { SubnetIds, SecurityGroupIds } = await makeNetwork()
    const settings = [
      ...jwt,
      'redisUrlFrom=secretsmanager',
      'redisMaxClients=256',
      'tracing=true',
      'shifting=AllAtOnce',
      `subnetIds=${SubnetIds}`,
      `securityGroupIds=${SecurityGroupIds}`,
    ]
    expect(await deploy('staging', settings)).toContain('Service deployed to stack lookalike-staging')
    expect(await outputsOf('staging')).toMatchObject({ Authorizer: 'jwt' })
    expect(await outputsOf('prod')).toMatchObject({ Authorizer: 'iam' })
  })

  it('makes the stage in a second region', async () => {
    expect(await deploy('prod', [], 'us-east-1')).toContain('Service deployed')
    expect(await outputsOf('prod', 'us-east-1')).toMatchObject({
      Bucket: 'lookalike-prod-us-east-1-123456789012',
    })
  })

  it('leaves the files when it is removed', async () => {
    await serverless('remove', 'prod')
    await expect(outputsOf('prod')).rejects.toThrow(/does not exist/)
    const Bucket = 'lookalike-prod-eu-central-1-123456789012'
    const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket }))
    expect(Contents.map(({ Key }) => Key)).toContain('imports/shop/a b+ü.ndjson')
    expect(await outputsOf('prod', 'us-east-1')).toHaveProperty('Bucket')
  })

  it('is made again, over the bucket of the removed one', async () => {
    expect(await deploy('prod', ['createBucket=false'])).toContain('Service deployed')
    const { Bucket } = await outputsOf('prod')
    await s3().send(new HeadBucketCommand({ Bucket }))
    expect(await project.readTemplate()).toContain('"CreatesBucket"')
  })

  it('lacks what docs/operations.md says that moto lacks', async () => {
    const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
    const [, list = ''] = /moto's CloudFormation does not make:\n\n((?:.+\n)+)/.exec(page) ?? []
    expect([...list.matchAll(/`(AWS::[\w:]+)`/g)].map(([, type]) => type).toSorted()).toEqual(
      await moto.lacking(),
    )
  })
})

async function deploy(stage: string, settings: string[], region?: string): Promise<string> {
  const names = ['provisionIndex', 'importUsers', 'searchUsers'].map(
    (name) => `${name}RedisUrlName=/lookalike/${stage}/redis-url/${inKebabCase(name)}`,
  )
  const { stdout, stderr } = await serverless('deploy', stage, [...names, ...settings], region)
  return stdout + stderr
}

function inKebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function serverless(command: string, stage: string, settings: string[] = [], region = 'eu-central-1') {
  const params = settings.flatMap((setting) => ['--param', setting])
  return project.serverless([command, '--stage', stage, '--region', region, ...params], awsVariables(region))
}

function awsVariables(region = 'eu-central-1'): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: moto.url,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: region,
  }
}

function settingsOf(region = 'eu-central-1') {
  return { endpoint: moto.url, region, credentials }
}

function s3() {
  return new S3Client({ ...settingsOf(), forcePathStyle: true })
}

function sqs() {
  return new SQSClient(settingsOf())
}

async function putUrl(Name: string, Value: string): Promise<void> {
  await new SSMClient(settingsOf()).send(new PutParameterCommand({ Name, Value, Type: 'SecureString' }))
}

async function outputsOf(stage: string, region?: string): Promise<Record<string, string>> {
  const cloudFormation = new CloudFormationClient(settingsOf(region))
  const { Stacks = [] } = await cloudFormation.send(
    new DescribeStacksCommand({ StackName: `lookalike-${stage}` }),
  )
  const outputs = Stacks[0]?.Outputs ?? []
  return Object.fromEntries(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]))
}

async function makeNetwork(): Promise<Record<string, string>> {
  const TemplateBody = readFileSync(new URL('../../../deploy/vpc.yml', import.meta.url), 'utf8')
  const StackName = 'lookalike-network'
  await new CloudFormationClient(settingsOf()).send(new CreateStackCommand({ StackName, TemplateBody }))
  return outputsOf('network')
}

/** The message about a new object. S3 sends a test event before it. */
async function receiveCreation(QueueUrl: string | undefined): Promise<Message> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const { Messages = [] } = await sqs().send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    )
    const created = Messages.find(({ Body }) => Body?.includes('ObjectCreated:Put'))
    if (created !== undefined) return created
  }
  throw new Error('Expected a message about the new object in the queue, got none')
}

/** The logical id of the version of search-users that callers reach. */
async function readLiveVersion(): Promise<string> {
  const { Resources: resources } = v.parse(Resources, JSON.parse(await project.readTemplate()))
  const Live = v.object({
    FunctionVersion: v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Version')]) }),
  })
  return v.parse(Live, resources.SearchUsersAlias?.Properties).FunctionVersion['Fn::GetAtt'][0]
}

/** moto drops the notifications that the template asks for, so the test asks for the same. */
async function configureNotifications(stage: string): Promise<void> {
  const { Bucket, QueueArn } = await outputsOf(stage)
  const { Resources: resources } = v.parse(Resources, JSON.parse(await project.readTemplate()))
  const Notification = v.object({
    NotificationConfiguration: v.object({
      QueueConfigurations: v.array(
        v.object({
          Event: v.literal('s3:ObjectCreated:*'),
          Filter: v.object({
            S3Key: v.object({ Rules: v.array(v.object({ Name: v.literal('prefix'), Value: v.string() })) }),
          }),
        }),
      ),
    }),
  })
  const { NotificationConfiguration } = v.parse(Notification, resources.ImportBucket?.Properties)
  const QueueConfigurations = NotificationConfiguration.QueueConfigurations.map(({ Event, Filter }) => ({
    QueueArn,
    Events: [Event],
    Filter: { Key: { FilterRules: Filter.S3Key.Rules } },
  }))
  await s3().send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: { QueueConfigurations },
    }),
  )
}

/** A warm environment of a function: the zip of the deployment bucket, with the variables of the template. */
async function startDeployed(functionName: 'provision-index' | 'import-users' | 'search-users') {
  const { Resources: resources } = v.parse(Resources, JSON.parse(await project.readTemplate()))
  const properties = Object.values(resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties }) => Properties)
    .find((found) => v.parse(Variables, found).FunctionName.endsWith(`-${functionName}`))
  const { S3Key } = v.parse(Code, v.parse(v.object({ Code }), properties).Code)
  const {
    ServerlessDeploymentBucketName: Bucket,
    QueueUrl = '',
    Bucket: files = '',
  } = await outputsOf('prod')
  const { Body } = await s3().send(new GetObjectCommand({ Bucket, Key: S3Key }))
  const zip = join(project.folder, `${functionName}.zip`)
  await writeFile(zip, (await Body?.transformToByteArray()) ?? '')
  const folder = await project.unzip(functionName, zip)
  const variables = v.parse(Variables, properties).Environment.Variables
  const texts = Object.entries(variables).filter(([, value]) => typeof value === 'string')
  const resolved = { IMPORT_QUEUE_URL: QueueUrl, IMPORT_BUCKET: files }
  return startEnvironment({
    functionName,
    module: pathToFileURL(join(folder, 'dist', functionName, 'index.mjs')),
    env: {
      ...v.parse(v.record(v.string(), v.string()), Object.fromEntries(texts)),
      ...resolved,
      ...awsVariables(),
    },
  })
}
