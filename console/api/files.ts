import { ApiError, type UploadLink } from '../../client/src/index.ts'
import { authorization } from '../auth/session.ts'
import { apiBase } from './client.ts'

/** The address of a file of an import or an audience. The API leads from it to the bucket. */
export function fileUrl(kind: 'imports' | 'audiences', id: string, file: string): string {
  return `${apiBase}/${kind}/${encodeURIComponent(id)}/file?file=${file}`
}

/** The problem of an answer that has no file, with the text of the API if it has one. */
export async function failureOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined)
  return new ApiError('The file', response.status, body, response.headers.get('retry-after'))
}

/** The records of an NDJSON file, up to a number of them. */
export async function readRecords(url: string, most: number, signal: AbortSignal): Promise<unknown[]> {
  const response = await fetch(url, { signal, headers: authorization() })
  if (!response.ok) throw await failureOf(response)
  const lines = (await response.text()).split('\n', most)
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line))
}

interface UploadOptions {
  signal: AbortSignal
  onProgress: (share: number) => void
}

/** Puts a file into the bucket. `fetch` does not report the progress of an upload, XMLHttpRequest does. */
export function upload(
  file: Blob,
  { url, headers }: UploadLink,
  { signal, onProgress }: UploadOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('PUT', url)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 1 : loaded / total)
    request.onload = () =>
      request.status === 200
        ? resolve()
        : reject(new Error(`Expected the bucket to take the file, got status ${request.status}`))
    request.onerror = () => reject(new TypeError('The bucket does not answer'))
    signal.addEventListener('abort', () => {
      request.abort()
      reject(signal.reason)
    })
    request.send(file)
  })
}
