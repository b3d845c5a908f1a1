import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { bundle, bundleFunction } from './bundle.mjs'
import { addAlias, aimAtAlias } from './deploy/alias.mjs'
import { derivedSource } from './deploy/derived-source.mjs'
import { isRunning } from './process-name.mjs'
import { findNode24 } from './setup/node24.mjs'

/**
 * The members of osls that this plugin reads and changes.
 *
 * @typedef {import('./deploy/alias.mjs').Osls & import('./deploy/derived-source.mjs').Osls & {
 *   serviceDir: string,
 *   processedInput: { commands: string[], options: { function?: string } },
 *   service: {
 *     provider: { environment: Record<string, unknown> },
 *     functions: Record<string, { environment?: Record<string, unknown> }>,
 *   },
 * }} Serverless
 */

/**
 * Bundles the functions before osls packs or runs them, and connects `invoke local` with the stack of `npm start`.
 */
export default class LookalikePlugin {
  /** @param {Serverless} serverless */
  constructor(serverless) {
    moveToNode24()
    const commandName = () => serverless.processedInput.commands.join(' ')
    const functionName = () => String(serverless.processedInput.options.function)
    this.configurationVariablesSources = { derived: derivedSource(serverless) }
    this.hooks = {
      // The only hook before osls asks CloudFormation for the value of each !Ref in the environment.
      initialize: () => {
        if (commandName() === 'invoke local') useLocalStack(serverless)
        aimAtAlias(serverless)
      },
      'after:package:compileFunctions': () => addAlias(serverless),
      'before:package:createDeploymentArtifacts': bundle,
      'before:package:function:package': () => bundleFunction(functionName()),
      'before:invoke:local:invoke': async () => {
        await bundleFunction(functionName())
        await makeRequirable(join(serverless.serviceDir, 'dist', functionName()))
      },
      // A handler keeps its connection to Redis for the next call, which would keep osls from ending.
      'after:invoke:local:invoke': () => process.exit(),
    }
  }
}

/**
 * `invoke local` runs the functions in this process, and they need Node 24. So Node 24 takes over if this machine has
 * it.
 */
function moveToNode24() {
  const node = findNode24()
  if (node === undefined || node === process.execPath) return
  const { status } = spawnSync(node, process.argv.slice(1), { stdio: 'inherit' })
  process.exit(status ?? 1)
}

// Variables of a shell for a deployed stage. osls would ask the network for the credentials of a profile.
const foreignVariables = [
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_SESSION_TOKEN',
  'REDIS_TOKEN',
  'REDIS_URL_PARAMETER',
  'REDIS_URL_SECRET',
]

/** @param {Serverless} serverless */
function useLocalStack({ serviceDir, service }) {
  const stack = readStack(resolve(serviceDir, process.env.DATA_DIR || '.lookalike', 'stack.json'))
  if (stack === undefined) {
    console.error('Start the local stack first: npm start')
    process.exit(1)
  }
  for (const name of foreignVariables) delete process.env[name]
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' })
  service.provider.environment = {
    LOG_LEVEL: service.provider.environment.LOG_LEVEL,
    REDIS_URL: stack.redisUrl,
    IMPORT_BUCKET: stack.bucket,
    IMPORT_QUEUE_URL: stack.queueUrl,
    AUDIENCE_QUEUE_URL: stack.audienceQueueUrl,
    AWS_ENDPOINT_URL_S3: stack.s3Url,
    AWS_ENDPOINT_URL_SQS: stack.sqsUrl,
  }
  for (const declared of Object.values(service.functions)) declared.environment = {}
}

/**
 * The stack that `npm start` has recorded, if its process still runs.
 *
 * @param {string} path
 */
function readStack(path) {
  try {
    const stack = JSON.parse(readFileSync(path, 'utf8'))
    return isRunning(stack.runBy) ? stack : undefined
  } catch {
    return undefined
  }
}

/**
 * osls looks for `index.js`, then `index.cjs`, and never for `index.mjs`, which Lambda finds.
 *
 * @param {string} folder
 */
function makeRequirable(folder) {
  const shim = "exports.handler = async (...args) => (await import('./index.mjs')).handler(...args)\n"
  return writeFile(join(folder, 'index.cjs'), shim)
}
