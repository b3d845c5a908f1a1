import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, start } from '../../support/stack.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const commands = [...readme.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
  block.trim().split('\n'),
)

/** start.test.ts, demo.test.ts and package.test.ts run these. */
const runElsewhere = ['npm start', 'npm run demo', 'npx serverless package', 'npm ci --omit=dev']
/** These need an AWS account. What can be checked of them without one is in package.test.ts and deployed-stage.test.ts. */
const needsAccount = /^(aws|export AWS_REGION=\S+$)|--stage prod/

describe('the README', () => {
  it('has commands that work on the stack that npm start runs', { timeout: 120_000 }, async () => {
    const { dataDir, apiUrl } = await start()
    const local = commands.filter((command) => !runElsewhere.includes(command) && !needsAccount.test(command))
    expect(local).toHaveLength(5)
    const env = {
      PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
      HOME: process.env.HOME,
      DATA_DIR: dataDir,
    }
    for (const command of local) {
      const { status, stdout, stderr } = spawnSync(
        'bash',
        ['-c', command.replace('http://127.0.0.1:3000', apiUrl)],
        {
          cwd: root,
          encoding: 'utf8',
          env,
        },
      )
      expect(status, `${command}\n${stderr}`).toBe(0)
      expect(stdout, command).toMatch(/COMPLETED|"results|nearest|│ 1 |ready/)
    }
  })

  it('has no command that nobody runs', () => {
    expect(commands.filter((command) => runElsewhere.includes(command)).toSorted()).toEqual(
      runElsewhere.toSorted(),
    )
  })
})
