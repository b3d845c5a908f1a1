import { InvalidArgumentError } from '@commander-js/extra-typings'
import { loadDefinition } from '../../lib/config.ts'
import { defineIndex, type IndexDefinition } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { aclAdminLines, aclSetUserArgs, ROLES } from '../../lib/redis/acl.ts'
import { asJson, newCommand, runCommand } from './command.ts'
import { print } from './output.ts'

const NOTES = `
Each line makes a user of Redis that may do what its function does, and nothing
else, under the index definition (and INDEX_DEFINITION). Replace PASSWORD_SHA256
in each line by what this prints:

  printf %s "$password" | sha256sum

The last two lines make an administrator, and turn the user "default" off: on a
new Redis it has no password and may do everything. Both are refused as long as
PASSWORD_SHA256 stands in them, so that they lock no person out.

The lines are for redis-cli. In an ACL file, each begins with "user" in place of
"ACL SETUSER". A change of the index's name, prefix or storage leaves another
definition behind; with --also, the users may work under that one, too:

  npm run -s acl -- --also '{"storage":"json","prefix":"user:"}'

Two stacks on one Redis need an index, a prefix and users each: --for-stage
names the users by the stage, INDEX_DEFINITION names the index and the prefix.
`

const command = newCommand('acl')
  .description('Prints a user of Redis for each function.')
  .option('--also <json>', 'another INDEX_DEFINITION; may be given several times', parseDefinition)
  .addHelpText('after', NOTES)
  .option('--for-stage <name>', 'the stage of the users: lookalike-<name>-search-users', parseStage)
  .action(async ({ also, forStage }) => {
    const definition = loadDefinition()
    // Redis refuses the placeholder. If it is not replaced, there is no user, rather than one whose password is known.
    const lines = ROLES.map((role) =>
      aclSetUserArgs(role, definition, '#PASSWORD_SHA256', { others: also ?? [], stage: forStage }).join(' '),
    )
    await print([...lines, ...aclAdminLines('#PASSWORD_SHA256')].join('\n'))
  })

await runCommand(command)

/** As CloudFormation has it, so that the name holds nothing that redis-cli would read as another argument. */
function parseStage(text: string): string {
  if (/^[a-zA-Z][\w-]{0,63}$/.test(text)) return text
  throw new InvalidArgumentError('Expected a stage: a letter, then letters, digits, - or _')
}

function parseDefinition(text: string, previous: IndexDefinition[] = []): IndexDefinition[] {
  const changes = asJson(text)
  try {
    return [...previous, defineIndex(INDEX_DEFINITION, changes)]
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}
