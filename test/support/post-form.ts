import { expect } from 'vitest'
import type { S3Server } from '../../dev/s3/server.ts'
import { BUCKET } from './s3.ts'

export const RECORD = '{"id":"v3","labels":"road","vector_embedding":[1,2,3]}\n'

/** Sends a form as a browser does: the file is followed only by the button, and its name has a folder. */
export async function postForm(
  server: S3Server,
  fields: Record<string, string>,
  file: string | Buffer = RECORD,
) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([new Uint8Array(Buffer.from(file))]), 'C:\\folder/a b+ü.ndjson')
  form.append('submit', 'Upload')
  // fetch sends a form without its length unless it is made one piece first.
  const { headers, body } = await wholeBody(form)
  const answer = await fetch(`${server.url}/${BUCKET}`, { method: 'POST', headers, body, redirect: 'manual' })
  return { status: answer.status, location: answer.headers.get('location'), body: await answer.text() }
}

async function wholeBody(form: FormData) {
  const request = new Response(form)
  const type = request.headers.get('content-type') ?? ''
  return { headers: { 'content-type': type }, body: await request.arrayBuffer() }
}

/** An error's body. */
export function coded(code: string) {
  return expect.stringContaining(`<Code>${code}</Code>`)
}
