import type { IndexDefinition } from '../definition.ts'

/** The functions of `functions/` that speak to Redis, each a user of it. */
export const FUNCTIONS = [
  'provision-index',
  'check-index',
  'import-users',
  'imports',
  'search-users',
  'users',
  'health',
] as const
/** With the one of an HTTP gateway, which speaks for functions that cannot reach Redis. */
export const ROLES = [...FUNCTIONS, 'gateway'] as const
export type Role = (typeof ROLES)[number]

export function isRole(functionName: string): functionName is Role {
  return ROLES.some((role) => role === functionName)
}

/** Keys by what they hold. A glob (`*`) is Redis's. */
const KEYS = {
  users: ({ prefix }: IndexDefinition) => [`~${literal(prefix)}*`],
  // Redis 8's own search module asks for the keys that the index covers, too.
  index: ({ name, prefix }: IndexDefinition) => [
    ...[`~${literal(name)}`, `~${literal(name)}:v*`, `~${literal(prefix)}*`],
    '%R~lookalike:recall:*',
  ],
  importsRead: () => ['%R~lookalike:imports', '%R~lookalike:import:*'],
  imports: () => ['~lookalike:imports', '~lookalike:import:*'],
  recall: () => ['~lookalike:recall:*'],
  askedRead: ({ name }: IndexDefinition) => [`%R~lookalike:asked:${literal(name)}:*`],
  asked: ({ name }: IndexDefinition) => [`~lookalike:asked:${literal(name)}:*`],
  any: () => ['~*'],
  check: () => ['~lookalike:check:*'],
  checked: () => ['%R~lookalike:check:*'],
  quarantine: ({ prefix }: IndexDefinition) => [`~quarantine:${literal(prefix)}*`],
  versionsRead: ({ name }: IndexDefinition) => [`%R~lookalike:index:${literal(name)}`],
  versions: ({ name }: IndexDefinition) => [`~lookalike:index:${literal(name)}`],
}

/** Connecting, asking a connection whether it is alive, and behind sentinels whether it leads to the primary. */
const HANDSHAKE = ['hello', 'client|setinfo', 'ping', 'role']
/** The state of the index, and what was measured on it. */
const READ_INDEX = ['ft.info', 'get']
/** From one version of the index to the next, with the users that prove it, and whom a change of their form copies. */
const PROVISION = [
  ...[
    ...READ_INDEX,
    'ft.create',
    'ft.aliasupdate',
    'ft.dropindex',
    'ft.search',
    'ft._list',
    'info',
    'module|list',
  ],
  ...['watch', 'unwatch', 'multi', 'exec', 'set', 'scan', 'exists', 'mget'],
]

/** The prefixes of other applications' indexes are read, to find one that covers our users; an index's name counts as a key. */
const OTHER_INDEXES = { command: 'ft.info', keys: 'any' } as const

/** What is done to users, in the commands of how they are stored. */
const USERS: Record<IndexDefinition['storage'], Record<UserAction, readonly string[]>> = {
  json: {
    readVector: ['json.get'],
    read: ['json.mget'],
    write: ['json.set', 'json.numincrby'],
    delete: ['del'],
  },
  hash: { readVector: ['hget', 'exists'], read: ['hmget'], write: ['hset', 'hdel'], delete: ['del'] },
}
type UserAction = 'readVector' | 'read' | 'write' | 'delete'

interface Grant {
  commands: readonly string[]
  /** Commands for these keys alone, each in a selector of its own (Redis 7 or later). */
  apart?: readonly { command: string; keys: keyof typeof KEYS }[]
  users?: readonly UserAction[]
  keys: readonly (keyof typeof KEYS)[]
}

/**
 * What each function sends to Redis, and the keys it does so to: the one table behind `npm run acl`. A command that is
 * missing here fails every test whose Redis is asked for it, with the function's name (test/support/redis.ts).
 */
const GRANTS: Record<(typeof FUNCTIONS)[number], Grant> = {
  'provision-index': {
    commands: [...PROVISION, 'renamenx', 'zrange', 'hgetall'],
    users: ['readVector', 'read', 'write'],
    apart: [OTHER_INDEXES],
    keys: ['users', 'index', 'versions', 'recall', 'askedRead', 'checked', 'quarantine', 'importsRead'],
  },
  'check-index': {
    commands: [...PROVISION, 'renamenx', 'zrange', 'hgetall'],
    users: ['readVector', 'read', 'write'],
    apart: [OTHER_INDEXES],
    keys: ['users', 'index', 'versions', 'recall', 'askedRead', 'check', 'importsRead', 'quarantine'],
  },
  'import-users': {
    commands: [
      ...[...READ_INDEX, 'ft.search', 'del'],
      ...['hget', 'hgetall', 'hset', 'hdel', 'zadd', 'setrange', 'getrange'],
      ...['watch', 'unwatch', 'multi', 'exec', 'client|setname', 'client|list', 'client|kill'],
      ...['waitaof', 'wait', 'scan', 'mget', 'set'],
    ],
    users: ['readVector', 'read', 'write', 'delete'],
    keys: ['users', 'index', 'versionsRead', 'recall', 'askedRead', 'imports'],
  },
  imports: { commands: ['zrange', 'hgetall', 'hset', 'set'], keys: ['imports'] },
  'search-users': {
    commands: [...READ_INDEX, 'ft.search'],
    users: ['readVector'],
    // It may write nothing else, least of all a user.
    apart: [{ command: 'set', keys: 'asked' }],
    keys: ['users', 'index'],
  },
  users: {
    commands: [...READ_INDEX, 'ft.search', 'watch', 'unwatch', 'multi', 'exec'],
    users: ['read', 'write', 'delete'],
    keys: ['users', 'index', 'versionsRead'],
  },
  health: { commands: READ_INDEX, keys: ['index', 'checked'] },
}

/** A gateway may do what all functions may but the importer; its transactions are scripts, which may do no more than it. */
function gatewayGrant(): Grant {
  const grants = FUNCTIONS.filter((name) => name !== 'import-users').map((name) => GRANTS[name])
  const inScripts = ['watch', 'unwatch', 'multi', 'exec']
  const commands = grants.flatMap((grant) => grant.commands).filter((command) => !inScripts.includes(command))
  return {
    // An importer that is refused over HTTP lists its import as one that waits.
    commands: [...commands, 'zadd', 'eval', 'evalsha', 'eval_ro', 'evalsha_ro', 'dump'],
    users: grants.flatMap(({ users = [] }) => users),
    apart: grants.flatMap(({ apart = [] }) => apart),
    keys: grants.flatMap(({ keys }) => keys),
  }
}

export function aclUserName(role: Role): string {
  return `lookalike-${role}`
}

/**
 * `ACL SETUSER` with all that the function may do and nothing else, whatever the user could do before.
 *
 * @param password as Redis takes it: `>text`, or `#` and its SHA-256 in hexadecimal digits
 * @param also other definitions that it may do so for: those that users are copied from, or lie under as well
 */
export function aclSetUserArgs(
  role: Role,
  definition: IndexDefinition,
  password: string,
  others: readonly IndexDefinition[] = [],
): string[] {
  const definitions = [definition, ...others]
  const { commands, users = [], keys, apart = [] } = role === 'gateway' ? gatewayGrant() : GRANTS[role]
  const all = new Set([
    ...HANDSHAKE,
    ...commands,
    ...definitions.flatMap(({ storage }) => users.flatMap((what) => USERS[storage][what])),
  ])
  const patterns = new Set(definitions.flatMap((one) => keys.flatMap((kind) => KEYS[kind](one))))
  return [
    ...['ACL', 'SETUSER', aclUserName(role), 'reset', 'on', password],
    ...[...all].map((command) => `+${command}`),
    ...patterns,
    ...new Set(
      definitions.flatMap((one) =>
        apart.map(({ command, keys }) => `(+${command} ${KEYS[keys](one).join(' ')})`),
      ),
    ),
  ]
}

/**
 * Whoever reaches a new Redis is its user `default`, who may do everything without a password. These lines make an
 * administrator in its place, and turn it off. The second takes a password as well, so that a placeholder that was not
 * replaced is refused in both lines, and does not lock out the person who sends them.
 */
export function aclAdminLines(password: string): string[] {
  return [
    `ACL SETUSER lookalike-admin reset on ${password} ~* &* +@all`,
    `ACL SETUSER default ${password} off`,
  ]
}

/** A pattern for just this text, or nearly: what means something to a glob, to redis-cli or to an ACL is any byte. */
function literal(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => String.fromCharCode(byte))
    .map((char) => (/[\w:.,;@/{}()<>=+#$%&|~!-]/.test(char) ? char : '?'))
    .join('')
}
