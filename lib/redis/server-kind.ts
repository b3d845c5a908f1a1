/** Which server answers, as far as it is known how it differs. What is not tested is named so, and not refused. */
export interface ServerKind {
  kind: 'Redis Stack' | 'Redis' | 'Valkey' | 'unknown'
  /** Whether tests are run on this line of it, with this line of its search module. */
  isTested: boolean
}

/** The lines of Redis that are tested, both with the search module of Redis Stack 7.4: that of Redis 8 is another. */
const TESTED = /^(7\.4|8\.2)\./
const TESTED_SEARCH = /^2\.10\./

/**
 * @param info what `INFO server` says, by name. Redis Cloud and Azure answer as the Redis they are; MemoryDB and
 * ElastiCache say `redis_version:7…` without a module of that name, or `server_name:valkey`.
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
