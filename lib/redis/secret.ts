import { clientSettings } from '../aws/client-settings.ts'

/** Where a secret is stored: an SSM parameter by name, or a secret of Secrets Manager by id. */
export type SecretSource = { from: 'parameter'; name: string } | { from: 'secret'; id: string }

/** Short timeouts: a search that waits for the URL has five seconds in all. */
const settings = clientSettings({ connectMs: 1_000, answerMs: 1_000, attempts: 2 })

/** Reads the secret's text; '' if it has none. Rejects with the SDK's error, after 2.2 s at the latest. */
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
