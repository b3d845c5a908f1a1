import type { IndexDefinition } from '../definition.ts'

/** The functions of `functions/` that connect to Redis. Each connects as its own ACL user. */
export const FUNCTIONS = [
  'provision-index',
  'check-index',
  'import-users',
  'imports',
  'audiences',
  'build-audience',
  'search-users',
  'users',
  'health',
] as const
/** Also the HTTP gateway, which connects on behalf of functions that cannot reach Redis. */
export const ROLES = [...FUNCTIONS, 'gateway'] as const
export type Role = (typeof ROLES)[number]

export function isRole(functionName: string): functionName is Role {
  return ROLES.some((role) => role === functionName)
}

/** Key patterns by what the keys contain. The globs (`*`) are Redis's. */
const KEYS = {
  users: ({ prefix }: IndexDefinition) => [`~${toPattern(prefix)}*`],
  // The search module of Redis 8 also requires rights on the keys that the index covers.
  index: ({ name, prefix }: IndexDefinition) => [
    ...[`~${toPattern(name)}`, `~${toPattern(name)}:v*`, `~${toPattern(prefix)}*`],
    '%R~lookalike:recall:*',
  ],
  // A job that only reads users must not be able to write one.
  usersRead: ({ prefix }: IndexDefinition) => [`%R~${toPattern(prefix)}*`],
  indexRead: ({ name, prefix }: IndexDefinition) => [
    // FT.SEARCH and FT.INFO want to write the index, too.
    ...[`~${toPattern(name)}`, `~${toPattern(name)}:v*`, `%R~${toPattern(prefix)}*`],
    '%R~lookalike:recall:*',
  ],
  importsRead: () => ['%R~lookalike:imports', '%R~lookalike:import:*'],
  imports: () => ['~lookalike:imports', '~lookalike:import:*'],
  audiences: () => ['~lookalike:audiences', '~lookalike:audiences:due', '~lookalike:audience:*'],
  recall: () => ['~lookalike:recall:*'],
  queryVectorsRead: ({ name }: IndexDefinition) => [`%R~lookalike:asked:${toPattern(name)}:*`],
  queryVectors: ({ name }: IndexDefinition) => [`~lookalike:asked:${toPattern(name)}:*`],
  erasures: ({ name }: IndexDefinition) => [`~lookalike:erased:${toPattern(name)}`],
  erasuresRead: ({ name }: IndexDefinition) => [`%R~lookalike:erased:${toPattern(name)}`],
  any: () => ['~*'],
  check: () => ['~lookalike:check:*'],
  checkRead: () => ['%R~lookalike:check:*'],
  quarantine: ({ prefix }: IndexDefinition) => [`~quarantine:${toPattern(prefix)}*`],
  versionsRead: ({ name }: IndexDefinition) => [`%R~lookalike:index:${toPattern(name)}`],
  versions: ({ name }: IndexDefinition) => [`~lookalike:index:${toPattern(name)}`],
}

/** For the connection: open it, probe it, and behind sentinels ask it whether it is the primary. */
const HANDSHAKE = ['hello', 'client|setinfo', 'ping', 'role']
/** Reads the state of the index, and what was measured on it. */
const READ_INDEX = ['ft.info', 'get']
/** Moves from one index version to the next: with the users that prove the new index, and with the backfill. */
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

/**
 * Reads the prefixes of other applications' indexes, to find an index that covers our users. RediSearch treats an
 * index name as a key.
 */
const OTHER_INDEXES = { command: 'ft.info', keys: 'any' } as const

/** The commands that act on users, by storage. */
const USER_COMMANDS: Record<IndexDefinition['storage'], Record<UserAction, readonly string[]>> = {
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
  /** Commands allowed on these keys only, each in an ACL selector of its own (Redis 7 or later). */
  selectors?: readonly { command: string; keys: keyof typeof KEYS }[]
  users?: readonly UserAction[]
  keys: readonly (keyof typeof KEYS)[]
}

/**
 * The commands that each function sends to Redis, and the keys that it sends them for. `npm run acl` prints from this
 * table. The tests run under these rights: a missing command fails the test that sends it, with the function's name
 * (test/support/redis.ts).
 */
const GRANTS: Record<(typeof FUNCTIONS)[number], Grant> = {
  'provision-index': {
    commands: [...PROVISION, 'renamenx', 'zrange', 'hgetall'],
    users: ['readVector', 'read', 'write'],
    selectors: [OTHER_INDEXES],
    keys: [
      'users',
      'index',
      'versions',
      'recall',
      'queryVectorsRead',
      'checkRead',
      'quarantine',
      'importsRead',
    ],
  },
  'check-index': {
    commands: [...PROVISION, 'renamenx', 'zrange', 'hgetall'],
    users: ['readVector', 'read', 'write'],
    selectors: [OTHER_INDEXES],
    keys: ['users', 'index', 'versions', 'recall', 'queryVectorsRead', 'check', 'importsRead', 'quarantine'],
  },
  'import-users': {
    commands: [
      ...[...READ_INDEX, 'ft.search', 'del'],
      ...['hget', 'hgetall', 'hset', 'hdel', 'zadd', 'setrange', 'getrange'],
      ...['watch', 'unwatch', 'multi', 'exec', 'client|setname', 'client|list', 'client|kill'],
      ...['waitaof', 'wait', 'scan', 'mget', 'set', 'zmscore'],
    ],
    users: ['readVector', 'read', 'write', 'delete'],
    keys: ['users', 'index', 'versionsRead', 'recall', 'queryVectorsRead', 'imports', 'erasuresRead'],
  },
  imports: { commands: ['zrange', 'hgetall', 'hset', 'set'], keys: ['imports'] },
  audiences: {
    commands: [
      ...[...READ_INDEX, 'ft.search', 'scan', 'exists'],
      ...['zrange', 'zadd', 'zrem', 'hget', 'hgetall', 'hset', 'hdel', 'del', 'set'],
      ...['watch', 'unwatch', 'multi', 'exec'],
    ],
    users: ['readVector'],
    // RedisJSON calls it a write.
    selectors: [{ command: 'json.mget', keys: 'users' }],
    keys: ['usersRead', 'indexRead', 'audiences'],
  },
  'build-audience': {
    commands: [
      ...[...READ_INDEX, 'ft.search', 'scan', 'exists', 'info'],
      ...['hget', 'hgetall', 'hset', 'hdel', 'zadd', 'zrem', 'hmget'],
      ...['watch', 'unwatch', 'multi', 'exec', 'client|setname', 'client|list', 'client|kill'],
    ],
    users: ['readVector'],
    // RedisJSON calls it a write.
    selectors: [{ command: 'json.mget', keys: 'users' }],
    keys: ['usersRead', 'indexRead', 'audiences'],
  },
  'search-users': {
    commands: [...READ_INDEX, 'ft.search'],
    users: ['readVector'],
    // A search must not write anything else, least of all a user.
    selectors: [{ command: 'set', keys: 'queryVectors' }],
    keys: ['users', 'index'],
  },
  users: {
    commands: [
      ...[...READ_INDEX, 'ft.search', 'watch', 'unwatch', 'multi', 'exec'],
      ...['zadd', 'zrem', 'zcard', 'zrange', 'zmscore', 'zremrangebyscore'],
    ],
    users: ['read', 'write', 'delete'],
    keys: ['users', 'index', 'versionsRead', 'erasures', 'quarantine'],
  },
  health: { commands: READ_INDEX, keys: ['index', 'checkRead'] },
}

/** Their lock is a connection. HTTP has none. */
const NEEDS_CONNECTIONS: ReadonlySet<string> = new Set(['import-users', 'build-audience'])

/**
 * The gateway has the rights of all functions except the two jobs. Its transactions are Lua scripts, which have only
 * the rights of the user that runs them.
 */
function gatewayGrant(): Grant {
  const grants = FUNCTIONS.filter((name) => !NEEDS_CONNECTIONS.has(name)).map((name) => GRANTS[name])
  const inScripts = ['watch', 'unwatch', 'multi', 'exec']
  const commands = grants.flatMap((grant) => grant.commands).filter((command) => !inScripts.includes(command))
  return {
    // An importer that the gateway refuses lists its import as waiting.
    commands: [...commands, 'zadd', 'eval', 'evalsha', 'eval_ro', 'evalsha_ro', 'dump'],
    users: grants.flatMap(({ users = [] }) => users),
    selectors: grants.flatMap(({ selectors = [] }) => selectors),
    keys: grants.flatMap(({ keys }) => keys),
  }
}

/** Two stacks on one Redis need users of their own: `ACL SETUSER` of the second would change those of the first. */
export function aclUserName(role: Role, stage?: string): string {
  return stage === undefined ? `lookalike-${role}` : `lookalike-${stage}-${role}`
}

/**
 * `ACL SETUSER` that resets the user, then grants all rights that the function needs and no others.
 *
 * @param password as Redis takes it: `>text`, or `#` and its SHA-256 in hexadecimal digits
 * @param others other definitions that need the same rights: the source of a backfill, or the secondary definition of a
 * dual write
 */
export function aclSetUserArgs(
  role: Role,
  definition: IndexDefinition,
  password: string,
  { others = [], stage }: { others?: readonly IndexDefinition[]; stage?: string | undefined } = {},
): string[] {
  const definitions = [definition, ...others]
  const { commands, users = [], keys, selectors = [] } = role === 'gateway' ? gatewayGrant() : GRANTS[role]
  const all = new Set([
    ...HANDSHAKE,
    ...commands,
    ...definitions.flatMap(({ storage }) => users.flatMap((what) => USER_COMMANDS[storage][what])),
  ])
  const patterns = new Set(definitions.flatMap((one) => keys.flatMap((kind) => KEYS[kind](one))))
  return [
    ...['ACL', 'SETUSER', aclUserName(role, stage), 'reset', 'on', password],
    ...[...all].map((command) => `+${command}`),
    ...patterns,
    ...new Set(
      definitions.flatMap((one) =>
        selectors.map(({ command, keys }) => `(+${command} ${KEYS[keys](one).join(' ')})`),
      ),
    ),
  ]
}

/**
 * Makes an administrator and turns the user `default` off. Each new connection to Redis is `default`, which may do
 * everything without a password. The second line takes a password as well, so that Redis refuses both lines if a
 * placeholder was not replaced. Otherwise that mistake would lock its sender out.
 */
export function aclAdminLines(password: string): string[] {
  return [
    `ACL SETUSER lookalike-admin reset on ${password} ~* &* +@all`,
    `ACL SETUSER default ${password} off`,
  ]
}

/**
 * A pattern that matches this text and little else. It replaces each byte that is special to a glob, to redis-cli or
 * to an ACL by `?`.
 */
function toPattern(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => String.fromCharCode(byte))
    .map((char) => (/[\w:.,;@/{}()<>=+#$%&|~!-]/.test(char) ? char : '?'))
    .join('')
}
