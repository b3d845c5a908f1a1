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
  /** Behind sentinels: the role that the server must have. */
  role: 'primary' | 'replica'
}

/** The minimum time between two checks of a replica's link to its primary. */
const FRESH_MS = 1_000

/**
 * Connects to the server of the URL, or to a server that its sentinels name.
 *
 * @throws AppError REDIS_UNAVAILABLE (also if no replica is healthy), REDIS_REFUSED, REDIS_BUSY, CONFIG_INVALID
 */
export async function openServer(url: string, settings: OpenSettings, deadline: Deadline): Promise<Client> {
  const sentinelUrl = parseSentinelUrl(url)
  if (sentinelUrl === undefined) return openClient(url, settings.tls, deadline)
  const { primary, replicas } = await askSentinels(sentinelUrl, settings.tls, deadline)
  if (settings.role === 'primary') return openAs('primary', primary, sentinelUrl, settings, deadline)
  return withLinkCheck(await openAnyOf(shuffle(replicas), sentinelUrl, settings, deadline))
}

/** Connects to the first replica that answers. The time is divided equally, and one share is left for the primary. */
async function openAnyOf(
  replicas: readonly Address[],
  sentinelUrl: SentinelUrl,
  settings: OpenSettings,
  deadline: Deadline,
): Promise<Client> {
  let failure: unknown = new AppError(
    'REDIS_UNAVAILABLE',
    'Expected a replica that is up and connected to its primary, the sentinels name none',
  )
  for (const [i, replica] of replicas.entries()) {
    const share = (deadline - Date.now()) / (replicas.length - i + 1)
    try {
      return await openAs('replica', replica, sentinelUrl, settings, Date.now() + share)
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

function shuffle<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

/** The sentinels' information may be outdated, so this asks the server for its own role. */
async function openAs(
  wanted: ServerRole,
  address: Address,
  sentinelUrl: SentinelUrl,
  { tls, plaintextHosts }: OpenSettings,
  deadline: Deadline,
): Promise<Client> {
  const url = sentinelUrl.serverUrl(address)
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
  throw new AppError('REDIS_UNAVAILABLE', `Expected ${address.host} to be a ${wanted}, got a ${role}`)
}

async function roleOf(client: Client, deadline: Deadline): Promise<ServerRole> {
  try {
    return parseRole(await client.call(roleArgs(), { deadline }))
  } catch (error) {
    client.destroy()
    throw error
  }
}

/**
 * A replica that has lost its primary still answers, from old data. So this checks its role, at most once a second.
 */
function withLinkCheck(client: Client): Client {
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
