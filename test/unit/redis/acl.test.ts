import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { aclSetUserArgs, FUNCTIONS, ROLES } from '../../../lib/redis/acl.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const filesOf = (folder: string) => readdirSync(join(root, folder)).filter((name) => name.endsWith('.ts'))
const bikeShop = defineIndex(INDEX_DEFINITION)

describe('the table of what each function may do in Redis', () => {
  it('has every function that connects to it, and no other', () => {
    const connecting = filesOf('functions').filter((file) =>
      read(`functions/${file}`).includes('connectRedis'),
    )
    expect(connecting.map((file) => file.replace('.ts', '')).toSorted()).toEqual([...FUNCTIONS].toSorted())
  })

  it('grants no command that our code does not send', () => {
    const senders = filesOf('lib/redis/commands').map((file) => read(`lib/redis/commands/${file}`))
    const others = ['client.ts', 'rest/rest-pool.ts', 'rest/scripts.ts'].map((file) =>
      read(`lib/redis/${file}`),
    )
    const code = [...senders, ...others].join().toLowerCase()
    // node-redis says these two of its own accord when it connects.
    const ours = ROLES.flatMap((role) => aclSetUserArgs(role, bikeShop, '>'))
      .filter((rule) => rule.startsWith('+') && !['+hello', '+client|setinfo'].includes(rule))
      .map((rule) => `'${rule.slice(1).replace('|', "', '")}'`)
    expect([...new Set(ours)].filter((command) => !code.includes(command))).toEqual([])
  })

  it('grants no category, no key but those with a name of ours, and no way to more rights', () => {
    const rules = ROLES.flatMap((role) => aclSetUserArgs(role, bikeShop, '>').slice(6))
    expect(
      rules.filter(
        (rule) =>
          !['(+ft.info ~*)', '(+set ~lookalike:asked:idx:user_prefs:*)', '(+json.mget ~user:*)'].includes(
            rule,
          ) && !/^\+[a-z._|]+$|^(%R)?~(user:|idx:user_prefs|lookalike:|quarantine:user:)/.test(rule),
      ),
    ).toEqual([])
    // CONFIG GET shows the passwords of the default user and of replication.
    const dangerous = ['acl', 'config', 'debug', 'flushall', 'flushdb', 'keys', 'migrate', 'script']
    expect(dangerous.filter((command) => rules.some((rule) => rule.split(/[+|]/)[1] === command))).toEqual([])
    // A script may do what its user may, but holds the server up for as long as it likes.
    const ours = FUNCTIONS.flatMap((role) => aclSetUserArgs(role, bikeShop, '>'))
    expect(ours.filter((rule) => rule.startsWith('+eval'))).toEqual([])
  })
})

describe('ACL SETUSER', () => {
  it('replaces whatever the user could do before', () => {
    expect(aclSetUserArgs('search-users', bikeShop, '>secret').join(' ')).toBe(
      'ACL SETUSER lookalike-search-users reset on >secret +hello +client|setinfo +ping +role' +
        ' +ft.info +get +ft.search +json.get ~user:* ~idx:user_prefs ~idx:user_prefs:v* %R~lookalike:recall:* (+set ~lookalike:asked:idx:user_prefs:*)',
    )
  })

  it('lets users be written in two forms, under two prefixes, while a change copies them', () => {
    const hash = defineIndex(INDEX_DEFINITION, { name: 'idx:h', storage: 'hash', prefix: 'userh:' })
    const line = aclSetUserArgs('search-users', hash, '>secret', { others: [bikeShop] }).join(' ')
    expect(line).toContain(
      ' +hget +exists +json.get ~userh:* ~idx:h ~idx:h:v* %R~lookalike:recall:* ~user:* ',
    )
    expect(line).toMatch(/ reset .*~idx:user_prefs ~idx:user_prefs:v\* \(\+set [^ ]+\) \(\+set [^ ]+\)$/)
  })

  it('takes what is special in a pattern for any byte: a name with a star is not all names', () => {
    const odd = defineIndex(INDEX_DEFINITION, { name: 'idx*', prefix: 'ü [a]"' })
    const patterns = aclSetUserArgs('health', odd, '>').filter((rule) => rule.startsWith('~'))
    expect(patterns).toEqual(['~idx?', '~idx?:v*', '~????a??*'])
  })
})
