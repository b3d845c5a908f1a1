import { AppError } from '../errors.ts'
import { type Client, openClient, type TlsSettings } from './client.ts'
import { type Address, parseRole, roleArgs, type ServerRole } from './commands/sentinel.ts'
import type { Deadline } from './redis.ts'
import { parseSentinelUrl, type SentinelUrl } from './sentinel-url.ts'
import { askSentinels } from './sentinels.ts'
import { isAllowed } from './url.ts'

export interface OpenSettings {
  tls: TlsSettings
  plaintextHosts: readonly string[]
  /** Behind sentinels: which of the servers. */
  role: 'primary' | 'replica'
}

/** A replica is asked for its link to the primary no more often. */
const FRESH_MS = 1_000

/**
 * The server of the URL, or the one that its sentinels name.
 *
 * @throws AppError REDIS_UNAVAILABLE (also when no replica is well), REDIS_REFUSED, REDIS_BUSY, CONFIG_INVALID
 */
export async function openServer(url: string, settings: OpenSettings, deadline: Deadline): Promise<Client> {
  const behind = parseSentinelUrl(url)
  if (behind === undefined) return openClient(url, settings.tls, deadline)
  const { primary, replicas } = await askSentinels(behind, settings.tls, deadline)
  if (settings.role === 'primary') return openAs('primary', primary, behind, settings, deadline)
  return whileConnected(await openOneOf(shuffled(replicas), behind, settings, deadline))
}

/** The first that can be had. Each has its share of the time, and one share is left for the primary. */
async function openOneOf(
  replicas: readonly Address[],
  behind: SentinelUrl,
  settings: OpenSettings,
  deadline: Deadline,
): Promise<Client> {
  let failure: unknown = new AppError('REDIS_UNAVAILABLE', 'The sentinels know no replica that is well')
  for (const [i, replica] of replicas.entries()) {
    const share = (deadline - Date.now()) / (replicas.length - i + 1)
    try {
      return await openAs('replica', replica, behind, settings, Date.now() + share)
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

/** What the sentinels say may be a moment old, so the server itself is asked. */
async function openAs(
  wanted: ServerRole,
  address: Address,
  behind: SentinelUrl,
  { tls, plaintextHosts }: OpenSettings,
  deadline: Deadline,
): Promise<Client> {
  const url = behind.serverUrl(address)
  if (!isAllowed(url, plaintextHosts)) {
    throw new AppError(
      'CONFIG_INVALID',
      `The sentinels name ${address.host}: expected rediss+sentinel://, or the host in REDIS_PLAINTEXT_HOSTS`,
    )
  }
  const client = await openClient(url, tls, deadline)
  const role = await roleOf(client, deadline)
  if (role === wanted) return client
  client.destroy()
  throw new AppError('REDIS_UNAVAILABLE', `Expected a ${wanted} of Redis, got a ${role}`)
}

async function roleOf(client: Client, deadline: Deadline): Promise<ServerRole> {
  try {
    return parseRole(await client.call(roleArgs(), { deadline }))
  } catch (error) {
    client.destroy()
    throw error
  }
}

/** A replica that has lost its primary goes on answering, from what it knew then. So it is asked, once a second at most. */
function whileConnected(client: Client): Client {
  let askedAt = Date.now()
  return {
    ...client,
    async isAlive(deadline) {
      if (!(await client.isAlive(deadline))) return false
      if (Date.now() - askedAt < FRESH_MS) return true
      askedAt = Date.now()
      const role = await roleOf(client, deadline).catch(() => undefined)
      if (role === 'replica') return true
      client.destroy()
      return false
    },
  }
}
