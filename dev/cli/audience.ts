import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { InvalidArgumentError } from '@commander-js/extra-typings'
import type { Audience, AudienceRequest } from '../../client/src/index.ts'
import { audienceBar } from './audience-bar.ts'
import { audienceText, curveText } from './audience-text.ts'
import { asJson, asText, newCommand, once, runCommand } from './command.ts'
import { catchInterruption } from './interruption.ts'
import { jsonOption, regionOption, stageOption } from './options.ts'
import { print, printJson, tell } from './output.ts'
import { parseNames, parseNumber } from './search-options.ts'
import { findTarget, type Target } from './target.ts'
import { upload } from './upload.ts'

const EXAMPLES = `
Examples:
  npm run audience -- --seeds best.csv --percent 1 --preview
  npm run audience -- --seeds best.csv --percent 1 --out audience.csv
  npm run audience -- --like 1,2 --users 5000 --exclude bought.csv --hash email --format parquet --out audience.parquet
`
const POLL_MS = 500

const command = newCommand('audience')
  .description('Writes a file of the customers that are most similar to some seeds.')
  .option('--seeds <file>', 'a file of ids: CSV, NDJSON, JSON or Parquet', once(aFile))
  .option('--like <ids>', 'ids with commas, in place of a file', parseNames)
  .option('--exclude <file>', 'a file of ids that are left out', once(aFile))
  .option('--users <n>', 'how many customers', once(parseNumber))
  .option('--percent <n>', 'how many of all customers, in percent', once(parseNumber))
  .option('--min-similarity <n>', 'customers that are at least so similar', once(parseNumber))
  .option('--strategy <name>', 'best_score (default) or average', once(asText))
  .option('--filter <json>', 'only customers that pass this filter', once(asJson))
  .option('--fields <names>', 'fields to export, with commas', parseNames)
  .option('--hash <names>', 'fields to export as SHA-256, with commas', parseNames)
  .option('--format <name>', 'csv (default), ndjson or parquet', once(asText))
  .option('--gzip', 'pack the file')
  .option('--name <text>', 'a name for people', once(asText))
  .option('--out <file>', 'where to write the file', once(asText))
  .option('--preview', 'draw the curve from a sample of the customers; write nothing')
  .addOption(jsonOption('the report as JSON'))
  .addOption(stageOption())
  .addOption(regionOption())
  .addHelpText('after', EXAMPLES)
  .action(async (options) => {
    const { seeds, like, exclude, out, preview, json, filter, strategy } = options
    if ((seeds === undefined) === (like === undefined))
      command.error('error: expected one of --seeds and --like')
    const sizes = [options.users, options.percent, options.minSimilarity].filter((one) => one !== undefined)
    if (sizes.length > 1 || (sizes.length === 0 && !preview))
      command.error('error: expected one of --users, --percent and --min-similarity')
    if (out === undefined && !preview) command.error('error: expected --out FILE, or --preview')
    const target = await findTarget(options)
    const members = {
      like: seeds === undefined ? (like ?? []) : { key: await put(target, seeds) },
      ...(exclude !== undefined && { exclude: { key: await put(target, exclude) } }),
      ...(filter !== undefined && { filter }),
      ...(strategy !== undefined && { strategy }),
      ...(sizes.length > 0 && { size: sizeOf(options) }),
    }
    if (preview) {
      // The API checks what the command passes on.
      const answer = await target.api.audiences.preview(members as AudienceRequest)
      return json ? printJson(answer) : print(curveText(answer))
    }
    const { fields, hash, format, gzip, name } = options
    const rest = { fields, hash, format, gzip, name }
    const request = { ...members, ...rest } as AudienceRequest
    const { signal, exitStatus } = catchInterruption()
    const audience = await follow(target, await target.api.audiences.order(request), signal)
    if (signal.aborted) {
      tell(`The audience ${audience.id} is built on: curl -X DELETE …/audiences/${audience.id} stops it`)
      process.exitCode = exitStatus()
      return
    }
    if (audience.files.audience !== null && out !== undefined)
      await download(target, audience.files.audience, out)
    await (json ? printJson(audience) : print(audienceText(audience, out)))
    if (audience.state !== 'COMPLETED') process.exitCode = 1
  })

await runCommand(command)

/** The key has a hash of the content: files of one name must not replace each other while an audience is built. */
async function put(target: Target, file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  const key = `audiences/seeds/${hash.digest('hex').slice(0, 16)}/${basename(file)}`
  await upload(target, { file, key })
  return key
}

async function follow({ api }: Target, ordered: Audience, signal: AbortSignal): Promise<Audience> {
  const bar = audienceBar()
  let audience = ordered
  while ((audience.state === 'QUEUED' || audience.state === 'RUNNING') && !signal.aborted) {
    bar.show(audience)
    await delay(POLL_MS, undefined, { signal }).catch(() => {})
    audience = await api.audiences.get(audience.id)
  }
  bar.stop()
  return audience
}

async function download({ openS3, bucket }: Target, key: string, out: string): Promise<void> {
  const { GetObjectCommand } = await import('@aws-sdk/client-s3')
  const { Body } = await (await openS3()).send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  if (!(Body instanceof Readable)) throw new Error(`Expected a body of ${key}, got none`)
  await pipeline(Body, createWriteStream(out))
}

function sizeOf({ users, percent, minSimilarity }: Partial<Record<string, unknown>>): object {
  if (users !== undefined) return { users }
  return percent === undefined ? { minSimilarity } : { percent }
}

function aFile(file: string): string {
  if (!existsSync(file) || !statSync(file).isFile()) throw new InvalidArgumentError('It is not a file.')
  return file
}
