import { openSync, readFileSync, readSync, statSync } from 'node:fs'
import type { ObjectContent } from '../../lib/import/formats/raw-record.ts'
import { readerOf } from './records.ts'

/** Reads Parquet files as the importer does, and prints of each how its records end, then the memory of the process. */
export interface ReadOutcome {
  files: { records: number; bytes: number; rejects: number; fileFault?: string }[]
  maxRssMb: number
}

function contentOfFile(path: string): ObjectContent {
  const file = openSync(path, 'r')
  return {
    size: statSync(path).size,
    async *read() {},
    async slice(from, to) {
      const bytes = Buffer.allocUnsafeSlow(to - from)
      readSync(file, bytes, 0, bytes.length, from)
      return bytes
    },
  }
}

async function outcomeOf(path: string): Promise<ReadOutcome['files'][number]> {
  const outcome: ReadOutcome['files'][number] = { records: 0, bytes: 0, rejects: 0 }
  for await (const batch of readerOf('a.parquet')(contentOfFile(path))) {
    for (const record of batch) {
      if ('bytes' in record) {
        outcome.records++
        outcome.bytes += record.bytes.length
      } else if ('fault' in record) outcome.rejects++
      else if ('fileFault' in record) outcome.fileFault = record.fileFault.code
    }
  }
  return outcome
}

/** On Linux, `resourceUsage` begins with what the process had that started this one. */
function maxRssMb(): number {
  if (process.platform !== 'linux') return Math.round(process.resourceUsage().maxRSS / 1024)
  const kilobytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return Math.round(Number(kilobytes) / 1024)
}

const files: ReadOutcome['files'] = []
for (const path of process.argv.slice(2)) files.push(await outcomeOf(path))
const outcome: ReadOutcome = { files, maxRssMb: maxRssMb() }
console.log(JSON.stringify(outcome))
