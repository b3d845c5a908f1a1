import type { IncomingMessage, ServerResponse } from 'node:http'
import { type HttpAnswer, jsonAnswer } from '../local/http-answer.ts'
import { type Bucket, downloadFile, uploadFile } from './files.ts'
import { answerPage, type Pages, toPage } from './pages.ts'
import { HostError, problemAnswer } from './problem.ts'
import { toHostError } from './translate-error.ts'

export interface ConsoleHost {
  /**
   * Answers a request for a path below the console's own, which is decoded. It returns undefined after it has answered
   * by itself, as for a download.
   */
  answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<HttpAnswer | undefined>
}

/** What the console asks its server for. A server that only has files, such as a bucket, has no `files` here. */
const CONFIG = { files: 'files/' }

const FILES = 'files/'

/** Serves the built console, and the files of the bucket that its pages upload and download. */
export function consoleHost(pages: Pages, bucket: Bucket): ConsoleHost {
  const config = toPage('console-config.json', Buffer.from(JSON.stringify(CONFIG)))
  const all: Pages = new Map([...pages, ['console-config.json', config]])
  return {
    async answer(request, response, path) {
      const { method = '', headers } = request
      if (!path.startsWith(FILES)) return answerPage(all, { method, path, headers })
      const key = path.slice(FILES.length)
      try {
        if (method === 'PUT') return jsonAnswer(200, await uploadFile(request, key, bucket))
        if (method === 'GET') return void (await downloadFile(response, key, bucket))
        throw new HostError('METHOD_NOT_ALLOWED', `Expected GET or PUT of a file, got ${method}`)
      } catch (error) {
        if (response.headersSent || request.destroyed) return void response.destroy()
        return problemAnswer(toHostError(error, 'BUCKET_UNAVAILABLE'))
      }
    },
  }
}
