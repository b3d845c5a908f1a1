import { clientSettings } from '../aws/client-settings.ts'

/** A place for a secret: an SSM parameter by name, or a secret of Secrets Manager by id. */
export type SecretSource = { from: 'parameter'; name: string } | { from: 'secret'; id: string }

/** Short: a search that waits for the URL has five seconds in all. */
const settings = clientSettings({ connectMs: 1_000, answerMs: 1_000, attempts: 2 })

/** The secret's text, or '' where it has none. Rejects with an error of the SDK, 2.2 s from now at the latest. */
export function readSecret(source: SecretSource): Promise<string> {
  return source.from === 'parameter' ? readParameter(source.name) : readFromSecretsManager(source.id)
}

async function readParameter(name: string): Promise<string> {
  const { SSMClient, GetParameterCommand } = await import('@aws-sdk/client-ssm')
  const client = new SSMClient(settings)
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }))
    return Parameter?.Value ?? ''
  } finally {
    client.destroy()
  }
}

async function readFromSecretsManager(id: string): Promise<string> {
  const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager')
  const client = new SecretsManagerClient(settings)
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }))
    return SecretString ?? ''
  } finally {
    client.destroy()
  }
}
