import { defaultProvider } from '@aws-sdk/credential-provider-node'

/** The credentials that the AWS CLI would use. Temporary ones are renewed before they expire. */
export type OperatorCredentials = ReturnType<typeof defaultProvider>

/** The files of the credentials are read at every renewal, so that a later sign-in counts without a restart. */
export function operatorCredentials(): OperatorCredentials {
  return defaultProvider({ ignoreCache: true })
}
