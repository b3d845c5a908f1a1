import { describe, expect, it } from 'vitest'
import { blocksOfPage } from '../support/page-blocks.ts'
import { root, run, useStack } from '../support/stack.ts'

/** What every output of a page's examples shows. */
const PAGES: Record<string, RegExp> = {
  api: /"results":\[\{/,
  errors: /"code":"USER_NOT_FOUND"/,
  formats: /dry run/i,
  imports: /COMPLETED|dry run|"state":"QUEUED"/i,
  index: /\w/,
  limits: /"code":"REQUEST_INVALID"/,
  records: /^\{"id":"7","version":"/,
  search: /"results":\[\{/,
  security: /^ACL SETUSER lookalike-search-users /m,
  servers: /"server":\{"redis":"/,
  users: /"version":"/,
}
/** Other tests run these, or they need an earlier version, users in quarantine, or the id of an import. */
const ELSEWHERE =
  /^npm (pack|install) |^npx |^openapi-python-client |^INDEX_DEFINITION=| (ID|rollback|restore)\b/

describe('the examples of the pages', { timeout: 120_000 }, () => {
  const stack = useStack()

  it.each(Object.entries(PAGES))('docs/%s.md work on the stack that npm start runs', async (page, output) => {
    const commands = blocksOfPage(`docs/${page}.md`)
      .filter(({ language }) => language === 'sh')
      .flatMap(({ text }) => text.trim().split(/(?<!\\)\n/))
      .filter((command) => !ELSEWHERE.test(command))
    expect(commands).not.toEqual([])
    for (const command of commands) {
      // As npm would: it takes longer to start than the command.
      const script = command
        .replace(/^npm run (?:-s )?(\w+)(?: --)?/, `${process.execPath} dev/cli/$1.ts`)
        .replace('http://127.0.0.1:3000', stack().apiUrl)
      const { status, stdout, stderr } = await run(stack(), ['-c', `cd '${root}' && ${script}`], {}, 'bash')
      expect(status, `${command}\n${stderr}`).toBe(0)
      expect(stdout, command).toMatch(output)
    }
  })
})
