import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { python, pythonWith } from '../../../dev/python.ts'
import { EXCEPTIONS } from '../../support/deploy/checkov-exceptions.ts'
import { copyProject, type Project } from '../../support/deploy/project.ts'

const requirements = fileURLToPath(new URL('../../support/deploy/checkov-requirements.txt', import.meta.url))
const vpcTemplate = fileURLToPath(new URL('../../../deploy/vpc.yml', import.meta.url))
const checkov = pythonWith(requirements, 'checkov, a scan of templates,')
const Report = v.object({
  results: v.object({ failed_checks: v.array(v.object({ check_id: v.string(), resource: v.string() })) }),
  summary: v.object({ passed: v.number(), parsing_errors: v.literal(0) }),
})

let project: Project
beforeAll(async () => {
  project = await copyProject()
}, 60_000)
afterAll(() => project?.remove())

/** All that the settings can add, and all that they can leave out. */
const variants = {
  'all defaults': [],
  'all settings': [
    ...[
      'authorizer=jwt',
      'jwtIssuer=https://login.example/',
      'jwtAudience=shop',
      'redisUrlFrom=secretsmanager',
    ],
    ...[
      'redisMaxClients=1000',
      'subnetIds=subnet-0a1b2c3d,subnet-1a1b2c3d',
      'securityGroupIds=sg-0a1b2c3d',
      'tracing=true',
    ],
    ...[
      'shifting=Canary10Percent5Minutes',
      'alarmEmail=ops@example.com',
      'importsRetentionDays=90',
      'tags=team=crm',
    ],
  ],
  'no alarms, an existing bucket': ['alarms=false', 'createBucket=false'],
  'a topic of yours': ['alarmTopicArn=arn:aws:sns:us-east-1:123456789012:ops'],
}

describe.each(Object.entries(variants))('the template with %s', (_, settings) => {
  it('is one that cfn-lint accepts', async () => {
    await packageWith(settings)
    // As in test/integration/dev/package.test.ts. W1001: a reference under a condition that osls has filled in.
    const lint = [
      '-c',
      'from cfnlint.runner import main; main()',
      '--ignore-checks',
      'W3005',
      'W8003',
      'W1001',
      '--',
    ]
    expect((await python([...lint, project.templatePath])).toString()).toBe('')
  })
})

describe('a scan of the policies', () => {
  it('finds only what the list of exceptions explains, and all of that', async () => {
    await packageWith(['alarmEmail=ops@example.com'])
    const found = await scan(project.templatePath)
    expect([...new Set(found)].toSorted()).toEqual(Object.keys(EXCEPTIONS).toSorted())
  })
})

describe('deploy/vpc.yml', () => {
  it('is one that cfn-lint accepts', async () => {
    const lint = ['-c', 'from cfnlint.runner import main; main()', '--', vpcTemplate]
    expect((await python(lint)).toString()).toBe('')
  })
})

async function packageWith(settings: string[]): Promise<void> {
  await project.serverless(['package', ...settings.flatMap((setting) => ['--param', setting])])
}

/** The checks that fail. checkov asks no server: --skip-download. */
async function scan(template: string): Promise<string[]> {
  const options = ['--framework', 'cloudformation', '--skip-download', '--soft-fail', '--output', 'json']
  const output = await checkov(['-m', 'checkov.main', '--file', template, ...options], {
    env: { LOG_LEVEL: 'ERROR' },
  })
  const { results, summary } = v.parse(Report, JSON.parse(output.toString()))
  expect(summary.passed).toBeGreaterThan(100)
  return results.failed_checks.map(({ check_id }) => check_id)
}
