import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { parse } from 'yaml'

const serverlessYml = new URL('../../serverless.yml', import.meta.url)

/** The parts of `serverless.yml` that the local stack imitates. */
export interface ServerlessConfig {
  functions: ReadonlyMap<string, FunctionSettings>
  routes: Route[]
  schedules: Schedule[]
  queues: QueueSettings[]
  /** The objects with ObjectCreated notifications to the queue. */
  imports: { prefix: string }
}

export interface QueueSettings {
  /** The name of its resource: `ImportQueue`. */
  name: string
  functionName: string
  maxConcurrency: number
  maxReceiveCount: number
}

export interface FunctionSettings {
  timeoutSeconds: number
  memoryMegabytes: number
  /** For a test that runs the function in a separate process. */
  nodeOptions: string
}

export interface Route {
  method: Method
  /** In the form of AWS: `/users/{id}/similar`. `*` means every path that no other route has. */
  path: string
  functionName: string
  /** A variable of osls, such as `${derived:authorizer.search}`. */
  authorizer: string | undefined
}

export interface Schedule {
  /** In the form of AWS: `rate(15 minutes)`. */
  rate: string
  functionName: string
}

export type Method = (typeof methods)[number]

/** The methods that a request may have. */
export const sent = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const
/** The methods that a route may have; `*` is all of them. */
const methods = [...sent, '*'] as const

/** Reads `serverless.yml`. Throws if it contains something that the local stack cannot imitate. */
export function readServerlessConfig(file: URL = serverlessYml): ServerlessConfig {
  const yml = parseServerlessYml(file)
  const resources = parseResources(yml, file)
  return {
    functions: new Map(
      Object.entries(yml.functions).map(([name, declared]) => [name, settingsOf(declared, yml)]),
    ),
    routes: eventsOf(yml, ({ httpApi }, functionName) => {
      return httpApi && { ...httpApi, authorizer: httpApi.authorizer, functionName }
    }),
    schedules: eventsOf(yml, ({ schedule }, functionName) => schedule && { rate: schedule, functionName }),
    queues: queuesOf(yml, resources),
    imports: importsOf(resources),
  }
}

const Event = v.strictObject({
  httpApi: v.optional(
    v.object({
      method: v.picklist(methods),
      path: v.string(),
      authorizer: v.optional(v.string()),
    }),
  ),
  schedule: v.optional(v.string()),
  sqs: v.optional(v.object({ arn: v.string(), batchSize: v.literal(1), maximumConcurrency: v.number() })),
})

const FunctionYml = v.object({
  timeout: v.optional(v.number()),
  memorySize: v.optional(v.number()),
  environment: v.optional(v.object({ NODE_OPTIONS: v.optional(v.string()) })),
  events: v.optional(v.array(Event), []),
})

const S3KeyRule = v.object({ Name: v.literal('prefix'), Value: v.string() })

const Queue = v.object({
  Properties: v.object({ RedrivePolicy: v.object({ maxReceiveCount: v.number() }) }),
})

const Resources = v.object({
  ImportBucket: v.object({
    Properties: v.object({
      NotificationConfiguration: v.object({
        QueueConfigurations: v.array(
          v.object({ Filter: v.object({ S3Key: v.object({ Rules: v.array(S3KeyRule) }) }) }),
        ),
      }),
    }),
  }),
  ImportQueue: Queue,
  AudienceQueue: Queue,
})

const ResourceFile = v.object({ Resources: v.optional(v.record(v.string(), v.unknown())) })

const ServerlessYml = v.object({
  provider: v.object({ timeout: v.number(), memorySize: v.number() }),
  functions: v.record(v.string(), FunctionYml),
  resources: v.array(v.pipe(v.string(), v.regex(/^\$\{file\(.+\)\}$/))),
})

type ServerlessYml = v.InferOutput<typeof ServerlessYml>

function parseServerlessYml(file: URL): ServerlessYml {
  return parseAs(ServerlessYml, parseYaml(file), file)
}

/** The resources of all files that `resources` lists. */
function parseResources({ resources }: ServerlessYml, file: URL): v.InferOutput<typeof Resources> {
  const parts = resources.map((variable) => {
    const path = new URL(variable.slice('${file('.length, -')}'.length), file)
    return parseAs(ResourceFile, parseYaml(path), path).Resources
  })
  return parseAs(Resources, Object.assign({}, ...parts), file)
}

/** YAML does not know CloudFormation's tags (!Ref, !GetAtt, !Sub). 'error' suppresses a warning for each of them. */
function parseYaml(file: URL): unknown {
  return parse(readFileSync(file, 'utf8'), { merge: true, logLevel: 'error' })
}

function parseAs<T>(schema: v.GenericSchema<unknown, T>, value: unknown, file: URL): T {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const problems = result.issues.map((issue) => `${v.getDotPath(issue) ?? ''}: ${issue.message}`)
  throw new Error(
    `${fileURLToPath(file)} contains something that the local stack cannot imitate: ${problems.join('; ')}`,
  )
}

function settingsOf(
  declared: v.InferOutput<typeof FunctionYml>,
  { provider }: ServerlessYml,
): FunctionSettings {
  const { timeout = provider.timeout, memorySize = provider.memorySize, environment } = declared
  return {
    timeoutSeconds: timeout,
    memoryMegabytes: memorySize,
    nodeOptions: environment?.NODE_OPTIONS ?? '',
  }
}

/** All defined results of `pick` over the events of all functions. */
function eventsOf<T extends object>(
  { functions }: ServerlessYml,
  pick: (event: v.InferOutput<typeof Event>, functionName: string) => T | '' | false | undefined,
): T[] {
  return Object.entries(functions).flatMap(([functionName, { events }]) =>
    events.flatMap((event) => pick(event, functionName) || []),
  )
}

function queuesOf(
  yml: ServerlessYml,
  { ImportQueue, AudienceQueue }: v.InferOutput<typeof Resources>,
): QueueSettings[] {
  return Object.entries({ ImportQueue, AudienceQueue }).map(([name, { Properties }]) => {
    const sources = eventsOf(yml, ({ sqs }, functionName) => {
      return sqs?.arn === `${name}.Arn` && { functionName, maxConcurrency: sqs.maximumConcurrency }
    })
    const { maxReceiveCount } = Properties.RedrivePolicy
    return { name, ...requireOne(`function with an sqs event of ${name}`, sources), maxReceiveCount }
  })
}

function importsOf({ ImportBucket }: v.InferOutput<typeof Resources>): ServerlessConfig['imports'] {
  const { QueueConfigurations } = ImportBucket.Properties.NotificationConfiguration
  const prefixes = QueueConfigurations.flatMap(({ Filter }) => Filter.S3Key.Rules.map(({ Value }) => Value))
  return { prefix: requireOne('prefix of the bucket notifications', prefixes) }
}

function requireOne<T>(what: string, found: T[]): T {
  const [first, ...others] = found
  if (first !== undefined && others.length === 0) return first
  throw new Error(`serverless.yml must contain exactly one ${what}, it contains ${found.length}`)
}
