/** The share of `maxclients` that the functions may use. The rest is for operators, replicas and other programs. */
const SHARE = 0.8
/** Connections of one environment: the shared one, and one for a transaction. search-users has no transactions. */
const CONNECTIONS = 2
/** Lambda keeps this many for functions without a reservation. */
const UNRESERVED = 100

/** Environments of the functions that few callers use. The queues start five imports and two audiences at once. */
const few = {
  'provision-index': 2,
  'check-index': 2,
  'import-users': 5,
  imports: 5,
  audiences: 5,
  'build-audience': 2,
  health: 5,
}
const fewEnvironments = Object.values(few).reduce((sum, count) => sum + count, 0)

/**
 * The reserved concurrency of each function, so that all environments together hold at most 80 % of the connections
 * that Redis takes. Searches get three quarters of what is left, single users one quarter. If Redis takes more
 * than the account runs, the account's limit counts. Returns a problem as text, and undefined without a limit.
 *
 * @param {Record<string, unknown>} settings
 * @returns {Record<string, number> | string | undefined}
 */
export function reservedConcurrency({ redisMaxClients, accountConcurrency }) {
  if (redisMaxClients === '') return undefined
  const connections = Math.floor(Number(redisMaxClients) * SHARE) - fewEnvironments * CONNECTIONS
  const environments = Number(accountConcurrency) - UNRESERVED - fewEnvironments
  if (connections < 8)
    return `redisMaxClients: expected at least 75 (26 environments of the other functions have 52 connections), got ${redisMaxClients}`
  if (environments < 8)
    return `accountConcurrency: expected at least 134 with redisMaxClients (Lambda keeps 100 unreserved), got ${accountConcurrency}: leave redisMaxClients empty, or ask AWS for a higher limit`
  const search = Math.min(Math.floor((connections * 3) / 4), Math.floor((environments * 3) / 4))
  const users = Math.min(Math.floor(connections / 4 / CONNECTIONS), Math.floor(environments / 4))
  return { ...few, 'search-users': search, users }
}
