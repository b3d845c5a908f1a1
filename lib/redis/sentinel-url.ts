/** The parts of a sentinel URL. */
export interface SentinelUrl {
  /** One URL per sentinel, with the user and password for sentinels. */
  sentinels: string[]
  /** The name by which the sentinels know the primary. */
  name: string
  /** Tells whether searches go to a replica. */
  readsReplica: boolean
  /** Builds the URL of a server that a sentinel names, with the user and password for servers. */
  serverUrl(address: { host: string; port: number }): string
}

const FORM =
  /^(?<scheme>rediss?)\+sentinel:\/\/(?:(?<userinfo>[^@/?#]*)@)?(?<hosts>[^@/?#]+)\/(?<name>[^/?#]+)(?:\?(?<query>[^#]*))?$/
const OPTIONS = ['reads', 'sentinelUser', 'sentinelPassword']

/**
 * Parses
 * `redis+sentinel://[user:password@]host[:26379],host,host/name[?reads=replica&sentinelUser=…&sentinelPassword=…]`.
 * `rediss` means TLS to all of them. Returns `undefined` for any other text.
 */
export function parseSentinelUrl(text: string): SentinelUrl | undefined {
  const { scheme, userinfo, hosts, name, query } = FORM.exec(text)?.groups ?? {}
  if (scheme === undefined || hosts === undefined || name === undefined) return undefined
  const options = new URLSearchParams(query ?? '')
  const reads = options.get('reads')
  if ([...options.keys()].some((key) => !OPTIONS.includes(key))) return undefined
  if (reads !== null && reads !== 'replica') return undefined
  const sentinels = hosts.split(',').map((host) => sentinelUrl(scheme, host, options))
  if (!sentinels.every((url) => URL.canParse(url))) return undefined
  return {
    sentinels,
    name,
    readsReplica: reads === 'replica',
    serverUrl: ({ host, port }) =>
      `${scheme}://${userinfo === undefined ? '' : `${userinfo}@`}${host.includes(':') ? `[${host}]` : host}:${port}`,
  }
}

function sentinelUrl(scheme: string, host: string, options: URLSearchParams): string {
  const [user, password] = ['sentinelUser', 'sentinelPassword'].map((key) => options.get(key) ?? '')
  const credentials = [user, password].map((text = '') => encodeURIComponent(text)).join(':')
  const withPort = /:\d+$/.test(host) ? host : `${host}:26379`
  return `${scheme}://${credentials === ':' ? '' : `${credentials}@`}${withPort}`
}
