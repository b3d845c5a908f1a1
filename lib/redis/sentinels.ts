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

export interface Topology {
  primary: Address
  replicas: Address[]
}

/** After the first answer, silent sentinels delay the result by at most this. */
const GRACE_MS = 250

/**
 * Asks all sentinels at once for the primary and its replicas. It waits for a majority, or a short time after the
 * first answer. The answer with the greatest epoch counts: an isolated sentinel may still name a former primary.
 *
 * @throws AppError REDIS_UNAVAILABLE, CONFIG_INVALID (the sentinels watch no primary of that name), REDIS_REFUSED
 */
export async function askSentinels(
  { sentinels, name }: SentinelUrl,
  tls: TlsSettings,
  deadline: Deadline,
): Promise<Topology> {
  const answers: Awaited<ReturnType<typeof askSentinel>>[] = []
  const faults: unknown[] = []
  let grace: NodeJS.Timeout | undefined
  await new Promise<void>((resolve) => {
    const asked = sentinels.map(async (url) => {
      try {
        answers.push(await askSentinel(url, name, tls, deadline))
        grace ??= setTimeout(resolve, GRACE_MS)
        if (answers.length > sentinels.length / 2) resolve()
      } catch (fault) {
        faults.push(fault)
      }
    })
    Promise.all(asked).then(() => resolve())
  })
  clearTimeout(grace)
  const [newest] = answers.flatMap((answer) => answer ?? []).toSorted((a, b) => b.epoch - a.epoch)
  if (newest !== undefined) return newest
  if (answers.length > 0)
    throw new AppError(
      'CONFIG_INVALID',
      `Expected the sentinels to watch a primary named ${name}, they watch none of that name: check the name in the URL`,
    )
  const [fault] = faults
  if (faults.every(isWrongPassword)) throw fault
  throw new AppError(
    'REDIS_UNAVAILABLE',
    `Expected an answer from one of ${sentinels.length} sentinels, got none`,
    { cause: fault },
  )
}

async function askSentinel(
  url: string,
  name: string,
  tls: TlsSettings,
  deadline: Deadline,
): Promise<(Topology & { epoch: number }) | undefined> {
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
