import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpAnswer } from '../local/http-answer.ts'
import type { ConsoleHost } from './host.ts'

/** The path of the console. Its pages refer to their files relatively, so the slash belongs to it. */
export const CONSOLE_PATH = '/console/'

/** True for the paths that the console answers, and not the API. */
export function isOfConsole({ method, headers }: IncomingMessage, path: string): boolean {
  if (path === '/console' || path.startsWith(CONSOLE_PATH)) return true
  // A program that asks the API for / keeps its answer: the API has no such route.
  const isRead = method === 'GET' || method === 'HEAD'
  return path === '/' && isRead && headers.accept?.includes('text/html') === true
}

/** Answers a path of the console, in place of the API. `base` is the path under which both are. */
export async function answerConsole(
  host: ConsoleHost,
  request: IncomingMessage,
  response: ServerResponse,
  { path, base = '' }: { path: string; base?: string },
): Promise<HttpAnswer | undefined> {
  if (path.startsWith(CONSOLE_PATH)) return host.answer(request, response, path.slice(CONSOLE_PATH.length))
  const headers = { location: `${base}${CONSOLE_PATH}`, vary: 'accept', 'cache-control': 'no-store' }
  return { status: 302, headers, cookies: [], body: '' }
}
