/**
 * The members of osls that this file reads and changes.
 *
 * @typedef {{
 *   service: {
 *     functions: Record<string, {
 *       targetAlias?: { name: string, logicalId: string },
 *       versionLogicalId?: string,
 *     }>,
 *     provider: { compiledCloudFormationTemplate: { Resources: Record<string, unknown> } },
 *     custom: { shifting: string },
 *   },
 * }} Osls
 */

const alias = { name: 'live', logicalId: 'SearchUsersAlias' }

/**
 * Callers reach search-users by an alias, so that CodeDeploy can shift searches from one version to the next. osls
 * makes such aliases only for provisioned concurrency. It sends the routes to any `targetAlias`, though.
 *
 * @param {Osls} serverless
 */
export function aimAtAlias({ service }) {
  const searchUsers = service.functions['search-users']
  if (searchUsers !== undefined) searchUsers.targetAlias = alias
}

/**
 * The alias, once osls has named the function's version. deploy/shifting.yml has the rest.
 *
 * @param {Osls} serverless
 */
export function addAlias({ service }) {
  const version = service.functions['search-users']?.versionLogicalId
  const shifts = service.custom.shifting !== 'none'
  const update = {
    ApplicationName: { Ref: 'ShiftingApplication' },
    DeploymentGroupName: { Ref: 'ShiftingGroup' },
  }
  service.provider.compiledCloudFormationTemplate.Resources[alias.logicalId] = {
    Type: 'AWS::Lambda::Alias',
    Properties: {
      FunctionName: { Ref: 'SearchDashusersLambdaFunction' },
      FunctionVersion: { 'Fn::GetAtt': [version, 'Version'] },
      Name: alias.name,
    },
    ...(shifts ? { UpdatePolicy: { CodeDeployLambdaAliasUpdate: update } } : {}),
  }
}
