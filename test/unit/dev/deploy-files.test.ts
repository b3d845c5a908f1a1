import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const Policy = v.object({ Statement: v.array(v.looseObject({ Action: v.unknown() })) })
const parts = ['deploy/deployer-policy-1.json', 'deploy/deployer-policy-2.json'].map((path) =>
  read(path)
    // As sed does on the page: the first one of each line. No region has a longer name.
    .replaceAll(/^(.*?)REGION/gm, '$1ap-southeast-1')
    .replaceAll(/^(.*?)ACCOUNT/gm, '$1123456789012'),
)

describe('the policies of the deployer', () => {
  it('have at most the 6,144 characters that IAM takes, which does not count whitespace', () => {
    for (const part of parts) expect(part.replaceAll(/\s/g, '').length).toBeLessThanOrEqual(6144)
  })

  it('are filled in by the command of docs/operations.md', () => {
    for (const part of parts) expect(part).not.toMatch(/REGION|ACCOUNT/)
  })

  it('let CloudFormation list what it detaches before it deletes a role or a policy', () => {
    const actions = parts.flatMap((part) =>
      v.parse(Policy, JSON.parse(part)).Statement.flatMap(({ Action }) => Action),
    )
    for (const action of ['ListAttachedRolePolicies', 'ListRolePolicies', 'ListEntitiesForPolicy'])
      expect(actions).toContain(`iam:${action}`)
  })
})

describe('the resources', () => {
  it('keep the policy of the bucket as long as the bucket', () => {
    const { ImportBucket, ImportBucketPolicy } = resourcesOf('bucket.yml')
    expect(ImportBucket?.DeletionPolicy).toBe('RetainExceptOnCreate')
    expect(ImportBucketPolicy?.DeletionPolicy).toBe(ImportBucket?.DeletionPolicy)
    expect(ImportBucketPolicy?.UpdateReplacePolicy).toBe(ImportBucket?.UpdateReplacePolicy)
  })

  it('let CodeDeploy move the alias of search-users by rights on the function and the alias', () => {
    const arn = 'SearchDashusersLambdaFunction.Arn'
    expect(JSON.stringify(resourcesOf('shifting.yml').ShiftingRole)).toContain(
      JSON.stringify([arn, `\${${arn}}:live`]),
    )
  })
})

function resourcesOf(name: string) {
  const Resources = v.record(v.string(), v.record(v.string(), v.unknown()))
  return v.parse(v.object({ Resources }), parse(read(`deploy/${name}`), { logLevel: 'error' })).Resources
}
