import http from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// The part of Lambda's runtime for Node.js that a function meets: it loads the handler, then asks the Runtime API for one
// event after another. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
// Plain JavaScript, as the runtime runs without stripping types.

const { AWS_LAMBDA_RUNTIME_API = '', LAMBDA_TASK_ROOT = '', _HANDLER = '' } = process.env
const agent = new http.Agent({ keepAlive: true })
for (const event of ['unhandledRejection', 'uncaughtException']) process.on(event, die)

const handler = await load()
for (;;) {
  const { headers, text } = await call('GET', 'invocation/next')
  const id = String(headers['lambda-runtime-aws-request-id'])
  const deadline = Number(headers['lambda-runtime-deadline-ms'])
  const context = {
    awsRequestId: id,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  }
  try {
    const result = await handler(JSON.parse(text), context)
    await call('POST', `invocation/${id}/response`, JSON.stringify(result) ?? 'null')
  } catch (error) {
    await call('POST', `invocation/${id}/error`, describe(error))
  }
}

async function load() {
  const [file = '', name = ''] = _HANDLER.split(/\.(?=[^.]*$)/)
  try {
    const module = await import(pathToFileURL(join(LAMBDA_TASK_ROOT, `${file}.mjs`)).href)
    if (typeof module[name] !== 'function') throw new Error(`${_HANDLER} is undefined or not exported`)
    return module[name]
  } catch (error) {
    await call('POST', 'init/error', describe(error))
    process.exit(1)
  }
}

/** @param {unknown} error */
function describe(error) {
  if (!(error instanceof Error)) return JSON.stringify({ errorType: 'Error', errorMessage: String(error) })
  const trace = (error.stack ?? '').split('\n')
  return JSON.stringify({ errorType: error.name, errorMessage: error.message, trace })
}

/**
 * @param {string} method
 * @param {string} path
 * @param {string} [body]
 * @returns {Promise<{ headers: http.IncomingHttpHeaders, text: string }>}
 */
function call(method, path, body) {
  const url = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/${path}`
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, agent }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve({ headers: response.headers, text }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** @param {unknown} error */
function die(error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  process.exit(1)
}
