import * as v from 'valibot'
import { callAwsJson } from '../aws/call-json.ts'
import type { AwsCredentials } from '../aws/signature.ts'

/** Where a secret is stored: an SSM parameter by name, or a secret of Secrets Manager by id. */
export type SecretSource =
  | { from: 'parameter'; name: string; aws: SecretAccess }
  | { from: 'secret'; id: string; aws: SecretAccess }

/** How to ask SSM or Secrets Manager. */
export interface SecretAccess {
  region: string
  endpoint: string
  credentials: AwsCredentials
}

/** Short limits: a search that waits for the URL has five seconds in all. */
const LIMITS = { timeoutMs: 1_000, attempts: 2 }

const ParameterSchema = v.object({ Parameter: v.object({ Value: v.string() }) })
const SecretSchema = v.object({ SecretString: v.string() })

/** Reads the secret's text; '' if it has none. Rejects with the service's error, after two seconds at the latest. */
export async function readSecret(source: SecretSource): Promise<string> {
  const name = source.from === 'parameter' ? 'ssm' : 'secretsmanager'
  const service = { ...source.aws, name }
  if (source.from === 'parameter') {
    const input = { Name: source.name, WithDecryption: true }
    const answer = await callAwsJson(service, { target: 'AmazonSSM.GetParameter', input, ...LIMITS })
    return v.is(ParameterSchema, answer) ? answer.Parameter.Value : ''
  }
  const input = { SecretId: source.id }
  const answer = await callAwsJson(service, { target: 'secretsmanager.GetSecretValue', input, ...LIMITS })
  return v.is(SecretSchema, answer) ? answer.SecretString : ''
}
