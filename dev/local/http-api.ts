import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import createRouter from 'find-my-way'
import type { ConsoleHost } from '../console/host.ts'
import { admit } from './admit.ts'
import { type HttpAnswer, jsonAnswer, sendAnswer, toHttpAnswer } from './http-answer.ts'
import { decodePath, readBody, toHttpEvent } from './http-event.ts'
import type { Invoke } from './lambda.ts'
import { listen } from './listen.ts'
import { reportError } from './report.ts'
import { type Route, sent } from './serverless-config.ts'

export interface HttpApiOptions {
  routes: readonly Route[]
  invoke: Invoke
  /** Default: 0, which means a free port. */
  port?: number
  host?: string
  /** Answers a request instead of the function. If it returns undefined, the function answers. */
  intercept?: (event: APIGatewayProxyEventV2) => unknown
  /** Answers /console, and / for browsers. */
  consoleHost?: ConsoleHost
  report?: (message: string, error: unknown) => void
}

export interface HttpApi {
  url: string
  port: number
  close(): Promise<void>
}

/**
 * A local API Gateway HTTP API, payload 2.0. It has no authorizers: it only answers requests of this machine. Rejects
 * with EADDRINUSE if the port is in use.
 */
export async function startHttpApi(options: HttpApiOptions): Promise<HttpApi> {
  const {
    routes,
    invoke,
    port = 0,
    host = '127.0.0.1',
    intercept,
    consoleHost,
    report = reportError,
  } = options
  const findRoute = createRouteFinder(routes)

  const answer = async (request: IncomingMessage, requestId: string): Promise<HttpAnswer> => {
    const admitted = admit(request)
    if ('refusal' in admitted) return jsonAnswer(403, { message: admitted.refusal })
    const [rawPath = '/', rawQueryString = ''] = splitOnce(admitted.target, '?')
    const path = decodePath(rawPath)
    if (path === undefined) return jsonAnswer(400, { message: 'Bad Request' })
    const page = consoleHost?.(request, path)
    if (page !== undefined) return page
    const match = findRoute(request.method, path)
    if (match === undefined) return jsonAnswer(404, { message: 'Not Found' })
    const body = await readBody(request)
    if (body === undefined) return jsonAnswer(413, { message: 'Request Entity Too Large' })

    const event = toHttpEvent({ request, requestId, path, rawQueryString, body, ...match })
    try {
      return toHttpAnswer((await intercept?.(event)) ?? (await invoke(match.route.functionName, event)))
    } catch (error) {
      report(`${event.routeKey} failed in ${match.route.functionName}:`, error)
      const isTooLarge = error instanceof Error && error.name === 'RequestTooLargeException'
      return isTooLarge
        ? jsonAnswer(413, { message: 'Request Entity Too Large' })
        : jsonAnswer(500, { message: 'Internal Server Error' })
    }
  }

  const server = createServer((request, response) => {
    const requestId = randomUUID()
    response.setHeader('apigw-requestid', requestId)
    answer(request, requestId)
      .then((result) => sendAnswer(response, result))
      .catch((error: unknown) => {
        // An incomplete request means that the client went away while it sent its body.
        if (request.complete) report('The answer of a request failed:', error)
        response.destroy()
      })
  })
  return listen(server, { port, host })
}

function createRouteFinder(routes: readonly Route[]) {
  // The router's default of 100 characters is shorter than an id may be.
  const router = createRouter({ maxParamLength: 10_240 })
  const catchAll = routes.find(({ path }) => path === '*')
  for (const route of routes.filter(({ path }) => path !== '*')) {
    // One character or more, including line breaks: an empty segment is not the value of a variable.
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1([\\s\\S]+)')
    router.on(route.method === '*' ? [...sent] : route.method, path, () => undefined, route)
  }
  return (requestMethod: string | undefined, path: string) => {
    const method = sent.find((known) => known === requestMethod)
    if (method === undefined) return undefined
    // API Gateway decodes a path before it looks for the route, this router decodes after. With a second encoding,
    // they agree.
    const found = router.find(method, path.split('/').map(encodeURIComponent).join('/'))
    const route: Route | undefined = found?.store ?? catchAll
    return route && { route, pathParameters: found?.params ?? {} }
  }
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)]
}
