import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readServerlessConfig } from '../../../dev/local/serverless-config.ts'
import { processName } from '../../../dev/process-name.mjs'
import { python } from '../../../dev/python.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const execute = promisify(execFile)
const names = [...readServerlessConfig().functions.keys()]

const healthEvent = {
  version: '2.0',
  routeKey: 'GET /health',
  rawPath: '/health',
  rawQueryString: '',
  headers: {},
  requestContext: { requestId: 'a', http: { method: 'GET', path: '/health' } },
  isBase64Encoded: false,
}

let folder: string
let project: string
let output: string
let templatePath: string
let templateText: string
let template: v.InferOutput<typeof Template>

const Statement = v.object({
  Effect: v.string(),
  Action: v.union([v.string(), v.array(v.string())]),
  Resource: v.unknown(),
})
const Policies = v.array(v.object({ PolicyDocument: v.object({ Statement: v.array(Statement) }) }))
const Environment = v.object({ Variables: v.object({ REDIS_URL_PARAMETER: v.string() }) })
const RoleReference = v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) })
// IAM takes the condition's value as text and as a boolean. osls writes a boolean.
const RefusesPlainHttp = v.object({
  Effect: v.literal('Deny'),
  Principal: v.literal('*'),
  Condition: v.object({
    Bool: v.object({ 'aws:SecureTransport': v.union([v.literal('false'), v.literal(false)]) }),
  }),
})
const Template = v.object({
  Resources: v.record(
    v.string(),
    v.object({ Type: v.string(), Properties: v.optional(v.record(v.string(), v.unknown()), {}) }),
  ),
  Outputs: v.record(v.string(), v.unknown()),
})

// In a copy, since dist/ and .serverless/ in the working tree are the developer's.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-package-'))
  project = join(folder, 'project')
  for (const name of [
    'serverless.yml',
    'deploy',
    'package.json',
    'tsconfig.json',
    'dev',
    'functions',
    'lib',
  ]) {
    await cp(join(root, name), join(project, name), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(project, 'node_modules'))

  const packing = await serverless('package', '--param=searchUsersRedisUrlName=/shop/search')
  output = packing.stdout + packing.stderr
  const artifacts = join(project, '.serverless')
  templatePath = join(artifacts, 'cloudformation-template-update-stack.json')
  templateText = await readFile(templatePath, 'utf8')
  template = v.parse(Template, JSON.parse(templateText))
  await Promise.all(
    names.map((name) => python(['-m', 'zipfile', '-e', join(artifacts, `${name}.zip`), unzipped(name)])),
  )
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('serverless package, without credentials or parameters', () => {
  it('warns of nothing', () => {
    expect(output).toContain('Service packaged')
    expect(output).not.toMatch(/warn|deprecat/i)
  })

  it('makes a template that cfn-lint accepts', async () => {
    // W3005: osls adds a DependsOn to what a reference already makes depend. W8003: conditions compare settings, and
    // osls has already filled these in.
    const lint = [
      '-c',
      'from cfnlint.runner import main; main()',
      '--ignore-checks',
      'W3005',
      'W8003',
      '--',
      templatePath,
    ]
    expect((await python(lint)).toString()).toBe('')
  }, 120_000)

  it('tells the deployer where things are', () => {
    expect(Object.keys(template.Outputs)).toEqual(
      expect.arrayContaining(['ApiUrl', 'Bucket', 'QueueUrl', 'DeadLetterQueueUrl']),
    )
  })

  it('puts no Redis URL into the template', () => {
    expect(templateText).not.toMatch(/rediss?:\/\//)
  })
})

// AWS knows no narrower resource for the network interfaces of functions in a VPC, traces, and the list of alarms.
const narrowest = /^(ec2:.*(NetworkInterface|PrivateIp|Subnets)|xray:Put|cloudwatch:DescribeAlarms$)/

describe('the permissions of the deployed functions', () => {
  it('are a role of its own for each', () => {
    const roles = resourcesOf('AWS::Lambda::Function').map(({ Properties }) =>
      JSON.stringify(Properties.Role),
    )
    expect(roles).toHaveLength(names.length)
    expect(new Set(roles).size).toBe(names.length)
  })

  it('name every action and resource', () => {
    const statements = [...allowed('AWS::IAM::Role'), ...allowed('AWS::IAM::ManagedPolicy')]
    expect(statements.length).toBeGreaterThan(names.length)
    for (const { Action, Resource } of statements) {
      for (const action of [Action].flat()) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/)
      if ([Action].flat().every((action) => narrowest.test(action))) continue
      for (const resource of [Resource].flat()) expect(resource).not.toBe('*')
    }
  })

  it('let each function read the Redis URL in its own parameter, and no other', () => {
    for (const { Properties } of resourcesOf('AWS::Lambda::Function')) {
      const { Variables } = v.parse(Environment, Properties.Environment)
      const {
        'Fn::GetAtt': [role],
      } = v.parse(RoleReference, Properties.Role)
      const readable = JSON.stringify(template.Resources[role]?.Properties).match(/:parameter[^"]*/g)
      expect(readable).toEqual([`:parameter${Variables.REDIS_URL_PARAMETER}`])
    }
    expect(JSON.stringify(template.Resources.SearchUsersRole)).toContain(':parameter/shop/search"')
  })

  it('refuse plain HTTP to the bucket and to every queue', () => {
    const policies = [...resourcesOf('AWS::S3::BucketPolicy'), ...resourcesOf('AWS::SQS::QueuePolicy')]
    const refused = policies.flatMap(({ Properties: { PolicyDocument, Bucket, Queues } }) => {
      const { Statement } = v.parse(v.object({ Statement: v.array(v.unknown()) }), PolicyDocument)
      return Statement.some((one) => v.is(RefusesPlainHttp, one)) ? [Bucket ?? Queues].flat() : []
    })
    const queues = Object.keys(template.Resources).filter(
      (name) => template.Resources[name]?.Type === 'AWS::SQS::Queue',
    )
    expect(queues.length).toBeGreaterThan(1)
    expect(refused).toEqual(expect.arrayContaining(['ImportBucket', ...queues].map((Ref) => ({ Ref }))))
  })

  it('let an import and an audience send themselves more than sixteen messages in a row', () => {
    const loops = resourcesOf('AWS::Lambda::Function').filter(
      ({ Properties }) => 'RecursiveLoop' in Properties,
    )
    expect(loops.map(({ Properties }) => Properties.RecursiveLoop)).toEqual(['Allow', 'Allow'])
    expect(template.Resources.ImportDashusersLambdaFunction?.Properties).toHaveProperty('RecursiveLoop')
    expect(template.Resources.BuildDashaudienceLambdaFunction?.Properties).toHaveProperty('RecursiveLoop')
  })

  it('keep search-users from S3 and SQS', () => {
    const policies = JSON.stringify(template.Resources.SearchUsersRole)
    expect(policies).toContain('logs:PutLogEvents')
    expect(policies).not.toMatch(/s3:|sqs:/)
  })
})

describe('the deployed API, schedules, bucket and queues', () => {
  it('let a caller in only by IAM, and only so often', () => {
    const routes = resourcesOf('AWS::ApiGatewayV2::Route')
    expect(routes.length).toBeGreaterThan(10)
    for (const { Properties } of routes) expect(Properties.AuthorizationType).toBe('AWS_IAM')
    expect(template.Resources.HttpApiStage?.Properties.DefaultRouteSettings).toEqual({
      ThrottlingRateLimit: 200,
      ThrottlingBurstLimit: 400,
    })
  })

  it('log each request with the ids that join it, and without what it is about', () => {
    const { AccessLogSettings } = v.parse(
      v.object({ AccessLogSettings: v.object({ Format: v.string() }) }),
      template.Resources.HttpApiStage?.Properties,
    )
    expect(JSON.parse(AccessLogSettings.Format)).toMatchObject({
      requestId: '$context.requestId',
      lambdaRequestId: '$context.integration.requestId',
    })
    expect(AccessLogSettings.Format).not.toMatch(/\$context\.(path|sourceIp|identity\.sourceIp)/)
  })

  it('send searches to the alias that a deployment moves', () => {
    const { IntegrationUri } = template.Resources.HttpApiIntegrationSearchDashusers?.Properties ?? {}
    expect(JSON.stringify(IntegrationUri)).toContain('"live"')
    expect(JSON.stringify(template.Resources.SearchUsersAlias)).toMatch(/"FunctionVersion".*"Version"\]/)
  })

  it('lose no scheduled run: what EventBridge or Lambda gives up is in a queue', () => {
    const failed = { 'Fn::GetAtt': ['FailedRunQueue', 'Arn'] }
    const targets = resourcesOf('AWS::Events::Rule').map(({ Properties }) => Properties.Targets)
    const destinations = resourcesOf('AWS::Lambda::EventInvokeConfig')
    expect(targets).toHaveLength(3)
    expect(destinations).toHaveLength(3)
    for (const target of targets) expect(target).toMatchObject([{ DeadLetterConfig: { Arn: failed } }])
    for (const { Properties } of destinations) {
      expect(Properties.DestinationConfig).toEqual({ OnFailure: { Destination: failed } })
    }
    for (const role of ['CheckIndexRole', 'ImportsRole', 'AudiencesRole']) {
      expect(allowedBy(role)).toContainEqual(
        expect.objectContaining({ Action: 'sqs:SendMessage', Resource: failed }),
      )
    }
  })

  it('watch every queue that no function reads', () => {
    const read = JSON.stringify(resourcesOf('AWS::Lambda::EventSourceMapping'))
    const queues = Object.keys(template.Resources).filter(
      (name) => template.Resources[name]?.Type === 'AWS::SQS::Queue' && !read.includes(`"${name}"`),
    )
    expect(queues).toHaveLength(3)
    const alarms = JSON.stringify(resourcesOf('AWS::CloudWatch::Alarm'))
    for (const queue of queues) expect(alarms).toContain(`"Fn::GetAtt":["${queue}","QueueName"]`)
  })

  it('delete versions that were replaced, and the markers that expired objects leave', () => {
    const { LifecycleConfiguration } = template.Resources.ImportBucket?.Properties ?? {}
    const { Rules } = v.parse(v.object({ Rules: v.array(v.looseObject({})) }), LifecycleConfiguration)
    expect(Rules).toContainEqual(
      expect.objectContaining({ NoncurrentVersionExpiration: { NoncurrentDays: 30 } }),
    )
    expect(Rules).toContainEqual(expect.objectContaining({ ExpiredObjectDeleteMarker: true }))
  })

  it('delete every log after some time', () => {
    const groups = resourcesOf('AWS::Logs::LogGroup')
    expect(groups).toHaveLength(names.length + 1)
    for (const { Properties } of groups) expect(Properties.RetentionInDays).toBe(30)
  })

  it('let functions in a VPC have all the rights on network interfaces that Lambda needs', () => {
    expect(JSON.stringify(template.Resources.ManageNetworkInterfaces)).toContain('ec2:DescribeSubnets')
  })
})

describe('serverless package with wrong settings', () => {
  it('names every one of them, and what it expected', async () => {
    const wrong = ['--param', 'logLevel=warn', '--param', 'authoriser=jwt']
    await expect(serverless('package', ...wrong)).rejects.toMatchObject({
      code: 1,
      stderr:
        'The settings of the stage dev are wrong (params in serverless.yml, or --param):\n' +
        '  logLevel: expected one of DEBUG, INFO, WARN, ERROR, SILENT, got "warn"\n' +
        '  authoriser: no setting has this name (params in serverless.yml lists them)\n',
    })
  })

  it('says how --param is written', async () => {
    await expect(serverless('package', '--param', 'logLevel')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--param: expected name=value with a value, got "logLevel"'),
    })
  })
})

describe('the bundles', () => {
  it('hold one handler each, and nothing of the sources', async () => {
    for (const name of names) {
      expect(await readdir(unzipped(name))).toEqual(['dist'])
      const files = await readdir(join(unzipped(name), 'dist'), { recursive: true })
      expect(files).toContain(join(name, 'index.mjs'))
      // A map names our files and lines in a stack.
      expect(files.filter((file) => file.includes('.') && !/\.mjs(\.map)?$/.test(file))).toEqual([])
      const map = await readFile(join(unzipped(name), 'dist', name, 'index.mjs.map'), 'utf8')
      expect(map).not.toContain('sourcesContent')
    }
  })

  it('load on this Node, away from any node_modules', async () => {
    const paths = names.map((name) => join(unzipped(name), 'dist', name, 'index.mjs'))
    const script =
      'for (const path of process.argv.slice(1)) console.log(typeof (await import(path)).handler)'
    expect(await runBundle(script, paths)).toBe('function\n'.repeat(names.length))
  })

  it('answer a request in JSON when Redis is out of reach', async () => {
    const script = `
      const { handler } = await import(process.argv[1])
      const context = { awsRequestId: 'a', functionName: 'health', getRemainingTimeInMillis: () => 5000 }
      const { statusCode, body } = await handler(JSON.parse(process.argv[2]), context)
      process.stderr.write(JSON.stringify({ statusCode, body: JSON.parse(body) }))
      process.exit()`
    const path = join(unzipped('health'), 'dist/health/index.mjs')
    expect(await runBundle(script, [path, JSON.stringify(healthEvent)])).toMatch(/"statusCode":503/)
  }, 60_000)

  it('leave S3 out of search-users, where only the import pays for it', async () => {
    expect(await codeOf('import-users')).toContain('ListObjectsV2')
    expect(await codeOf('search-users')).not.toMatch(/ListObjectsV2|AmazonS3/)
  })

  it('leave the OpenAPI document out of all but health, and there in a chunk of its own', async () => {
    for (const name of names.filter((other) => other !== 'health')) {
      expect(await codeOf(name)).not.toMatch(/json-schema\.org|awsSigv4|RediSearch refused since/)
    }
    expect(await codeOf('health')).toContain('awsSigv4')
    const entry = await readFile(join(unzipped('health'), 'dist/health/index.mjs'), 'utf8')
    expect(entry).not.toMatch(/json-schema\.org|awsSigv4|RediSearch refused since/)
  })

  it('leave what speaks HTTP with a gateway in a chunk that TCP does not read', async () => {
    const folder = join(unzipped('search-users'), 'dist/search-users')
    expect(await codeOf('search-users')).toContain('UpstashError')
    const files = (await readdir(folder)).filter((file) => file.endsWith('.mjs'))
    const others = files.filter((file) => !file.startsWith('rest-pool'))
    expect(others).toHaveLength(files.length - 1)
    for (const file of others) expect(await readFile(join(folder, file), 'utf8')).not.toMatch(/upstash/i)
  })

  it('leave every client of the AWS SDK out of search-users, which reads its Redis URL without one', async () => {
    expect(await codeOf('import-users')).toContain('com.amazonaws.s3')
    expect(await codeOf('search-users')).not.toContain('com.amazonaws.')
    expect(await codeOf('search-users')).toContain('AmazonSSM.GetParameter')
  })
})

describe('serverless invoke local', () => {
  const invokeHealth = ['invoke', 'local', '--function', 'health', '--data', JSON.stringify(healthEvent)]

  it('asks for the local stack where none runs', async () => {
    await expect(serverless(...invokeHealth)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'Start the local stack first: npm start\n',
    })
  }, 60_000)

  it('runs the function on the local stack that runs', async () => {
    const stack = {
      runBy: processName(process.pid),
      apiUrl: 'http://127.0.0.1:1',
      s3Url: 'http://127.0.0.1:1',
      sqsUrl: 'http://127.0.0.1:1',
      queueUrl: 'http://127.0.0.1:1/0/imports',
      redisUrl: 'redis://127.0.0.1:1',
      bucket: 'lookalike',
    }
    await mkdir(join(project, '.stack'))
    await writeFile(join(project, '.stack/stack.json'), JSON.stringify(stack))
    // REDIS_URL_PARAMETER would be a second source, and so an error; the answer is that Redis is not there.
    const { stdout } = await serverless(...invokeHealth)
    expect(stdout).toMatch(/"statusCode": 503/)
    expect(stdout).not.toMatch(/CONFIG_INVALID/)
  }, 60_000)
})

/** Rejects with code, stdout and stderr where it fails. */
function serverless(...args: string[]) {
  const command = ['node_modules/serverless/bin/serverless.js', ...args]
  return execute(process.execPath, command, {
    cwd: project,
    env: { ...bareEnvironment(), DATA_DIR: '.stack' },
  })
}

function bareEnvironment() {
  // A home without credentials, on every machine.
  return { PATH: process.env.PATH ?? '', HOME: folder }
}

function unzipped(name: string): string {
  return join(folder, 'unzipped', name)
}

async function codeOf(name: string): Promise<string> {
  const dist = join(unzipped(name), 'dist', name)
  const files = await readdir(dist)
  return (await Promise.all(files.map((file) => readFile(join(dist, file), 'utf8')))).join('\n')
}

/** Both outputs: a handler's log goes to one of them. */
async function runBundle(script: string, args: string[]): Promise<string> {
  const env = {
    ...bareEnvironment(),
    REDIS_URL: 'redis://127.0.0.1:1',
    AWS_REGION: 'us-east-1',
    IMPORT_BUCKET: 'lookalike',
    IMPORT_QUEUE_URL: 'http://127.0.0.1:1/0/imports',
  }
  const options = { cwd: folder, env }
  const { stdout, stderr } = await execute(
    process.execPath,
    ['--input-type=module', '-e', script, ...args],
    options,
  )
  return stdout + stderr
}

function resourcesOf(type: string) {
  return Object.values(template.Resources).filter(({ Type }) => Type === type)
}

function allowed(type: string) {
  return resourcesOf(type).flatMap(({ Properties }) => statementsOf(Properties))
}

function allowedBy(role: string) {
  return statementsOf(template.Resources[role]?.Properties ?? {})
}

function statementsOf(properties: Record<string, unknown>) {
  const policies =
    'Policies' in properties ? v.parse(Policies, properties.Policies) : v.parse(Policies, [properties])
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
}
