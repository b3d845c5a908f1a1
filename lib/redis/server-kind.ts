/**
 * The product that answers, and whether the tests cover it. An untested server is reported as such and not refused.
 */
export interface ServerKind {
  kind: 'Redis Stack' | 'Redis' | 'Valkey' | 'unknown'
  /** Tests run on this release line of the server, with this release line of its search module. */
  isTested: boolean
}

/** The tested release lines of Redis. Both have the search module of Redis Stack 7.4; that of Redis 8 is another. */
const TESTED = /^(7\.4|8\.2)\./
const TESTED_SEARCH = /^2\.10\./

/**
 * Classifies the server.
 *
 * @param info the members of `INFO server`, by name. Redis Cloud and Azure answer as plain Redis. MemoryDB and
 * ElastiCache answer `redis_version:7…` without a module of that name, or `server_name:valkey`.
 */
export function serverKind(
  info: Partial<Record<string, string>>,
  modules: Partial<Record<string, string>>,
): ServerKind {
  const version = info.redis_version ?? ''
  if (info.server_name === 'valkey' || info.valkey_version !== undefined) {
    return { kind: 'Valkey', isTested: false }
  }
  if (modules.search === undefined) return { kind: 'unknown', isTested: false }
  const kind = Number.parseInt(version, 10) >= 8 ? 'Redis' : 'Redis Stack'
  return { kind, isTested: TESTED.test(version) && TESTED_SEARCH.test(modules.search) }
}
