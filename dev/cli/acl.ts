import { parseArgs } from 'node:util'
import { loadDefinition } from '../../lib/config.ts'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { aclSetUserArgs, ROLES } from '../../lib/redis/acl.ts'
import { runCommand } from './command.ts'

const HELP = `Usage: npm run -s acl [-- --also '{"storage":"json","prefix":"user:"}']

Prints a user of Redis for each function, with all that it may do and nothing else, for the index definition
(and INDEX_DEFINITION). In place of each PASSWORD_SHA256 goes what this prints: printf %s "$password" | sha256sum
With --also, given what INDEX_DEFINITION would be, they may do the same under another definition: the one that a
change of name, prefix or storage leaves behind.
The lines are for redis-cli; in an ACL file each begins with "user" in place of "ACL SETUSER".`

await runCommand(async () => {
  const { values } = parseArgs({
    options: { help: { type: 'boolean' }, also: { type: 'string', multiple: true, default: [] } },
  })
  if (values.help) return console.log(HELP)
  const definition = loadDefinition()
  const also = values.also.map((text) => defineIndex(INDEX_DEFINITION, JSON.parse(text)))
  // Redis refuses the placeholder: who forgets to replace it has no user with a password that is known to all.
  for (const role of ROLES) {
    console.log(aclSetUserArgs(role, definition, '#PASSWORD_SHA256', also).join(' '))
  }
})
