import * as v from 'valibot'
import { escapeUnsafe } from '../../lib/lambda/visible.ts'
import { wrap } from './layout.ts'
import type { Target } from './target.ts'

/** Of a file with millions of rejects, the beginning shows what is wrong. */
const READ_BYTES = 1024 * 1024
const SHOWN_CODES = 5
const SHOWN_REJECTS = 3

export type ShownReject = v.InferOutput<typeof RejectSchema>
const RejectSchema = v.object({
  line: v.exactOptional(v.number()),
  row: v.exactOptional(v.number()),
  id: v.nullish(v.string()),
  code: v.string(),
  path: v.nullish(v.string()),
  message: v.string(),
})

/** The first of an import's rejects. */
export async function readRejects(
  { openS3, bucket }: Pick<Target, 'openS3' | 'bucket'>,
  key: string,
): Promise<ShownReject[]> {
  const { GetObjectCommand } = await import('@aws-sdk/client-s3')
  const s3 = await openS3()
  const range = `bytes=0-${READ_BYTES - 1}`
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: range }))
  const text = (await Body?.transformToString()) ?? ''
  // The last part is empty, or a line that the range has cut.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => v.parse(RejectSchema, JSON.parse(line)))
}

/** The first rejects of each code, with their place and reason. */
export function rejectsText(rejects: readonly ShownReject[], total: number, width?: number): string {
  const byCode = Object.entries(Object.groupBy(rejects, ({ code }) => code))
    .map(([code, found = []]) => ({ code, found }))
    .toSorted((a, b) => b.found.length - a.found.length)
  const among = rejects.length < total ? ` of the first ${rejects.length}` : ''
  const layout = { indent: '    ', ...(width !== undefined && { width }) }
  const lines = byCode.slice(0, SHOWN_CODES).flatMap(({ code, found }) => {
    const rest = found.length - SHOWN_REJECTS
    return [
      `  ${code}: ${found.length}${among}`,
      ...found.slice(0, SHOWN_REJECTS).map((reject) => wrap(rejectText(reject), layout)),
      ...(rest > 0 ? [`    and ${rest} more`] : []),
    ]
  })
  const hidden = byCode.length - SHOWN_CODES
  return [...lines, ...(hidden > 0 ? [`  and ${hidden} more codes`] : [])].join('\n')
}

function rejectText({ line, row, id, path, message }: ShownReject): string {
  const places = [
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(row === undefined ? [] : [`row ${row}`]),
    ...(id == null ? [] : [`id ${escapeUnsafe(id)}`]),
    ...(path ? [escapeUnsafe(path)] : []),
  ]
  return `${places.join(', ')}: ${escapeUnsafe(message)}`
}
