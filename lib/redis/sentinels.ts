import { AppError } from '../errors.ts'
import { openClient, type TlsSettings } from './client.ts'
import {
  type Address,
  parseConfigEpoch,
  parseSentinelAddress,
  parseSentinelReplicas,
  sentinelAddressArgs,
  sentinelMasterArgs,
  sentinelReplicasArgs,
} from './commands/sentinel.ts'
import { type Deadline, replyOf } from './redis.ts'
import type { SentinelUrl } from './sentinel-url.ts'
import { isWrongPassword } from './server-errors.ts'

export interface Known {
  primary: Address
  replicas: Address[]
}

/** Once one has answered, others that are gone without a word cost no more than this. */
const PATIENCE_MS = 250

/**
 * What the sentinels know. All are asked at once; when a majority has answered, or nobody else will soon, the answer
 * with the greatest epoch counts: one that was cut off from the others may believe in a primary that is none any more.
 *
 * @throws AppError REDIS_UNAVAILABLE, CONFIG_INVALID (no primary of that name), REDIS_REFUSED
 */
export async function askSentinels(
  { sentinels, name }: SentinelUrl,
  tls: TlsSettings,
  deadline: Deadline,
): Promise<Known> {
  const answers: Awaited<ReturnType<typeof ask>>[] = []
  const faults: unknown[] = []
  let patience: NodeJS.Timeout | undefined
  await new Promise<void>((resolve) => {
    const asked = sentinels.map(async (url) => {
      try {
        answers.push(await ask(url, name, tls, deadline))
        patience ??= setTimeout(resolve, PATIENCE_MS)
        if (answers.length > sentinels.length / 2) resolve()
      } catch (fault) {
        faults.push(fault)
      }
    })
    Promise.all(asked).then(() => resolve())
  })
  clearTimeout(patience)
  const [newest] = answers.flatMap((answer) => answer ?? []).toSorted((a, b) => b.epoch - a.epoch)
  if (newest !== undefined) return newest
  if (answers.length > 0)
    throw new AppError('CONFIG_INVALID', `The sentinels watch no primary called ${name}`)
  const [fault] = faults
  if (faults.every(isWrongPassword)) throw fault
  throw new AppError('REDIS_UNAVAILABLE', `None of ${sentinels.length} sentinels answers`, { cause: fault })
}

async function ask(
  url: string,
  name: string,
  tls: TlsSettings,
  deadline: Deadline,
): Promise<(Known & { epoch: number }) | undefined> {
  const sentinel = await openClient(url, tls, deadline)
  try {
    const commands = [sentinelAddressArgs, sentinelMasterArgs, sentinelReplicasArgs].map((args) => args(name))
    const [address, master, replicas] = await sentinel.pipeline(commands, { deadline })
    const primary = parseSentinelAddress(replyOf(address))
    if (primary === undefined) return undefined
    return {
      primary,
      replicas: parseSentinelReplicas(replyOf(replicas)),
      epoch: parseConfigEpoch(replyOf(master)),
    }
  } finally {
    sentinel.destroy()
  }
}
