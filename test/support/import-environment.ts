import type { S3Client } from '@aws-sdk/client-s3'
import type { S3Event } from 'aws-lambda'
import { expect } from 'vitest'
import { type LambdaEnvironment, startEnvironment } from './lambda-environment.ts'
import { BUCKET, put, s3ForTest } from './s3.ts'

export interface ImportEnvironment extends LambdaEnvironment {
  client: S3Client
  /** Puts a file of users into the bucket; resolves to the event that tells the importer of it. */
  upload(body: string): Promise<S3Event>
}

/** A warm environment of `import-users`, and a bucket of its own, which it may reach over a link of the test's. */
export async function startImport(
  env: Record<string, string>,
  linkTo: (url: string) => Promise<string> = async (url) => url,
): Promise<ImportEnvironment> {
  const { client, events, server } = await s3ForTest()
  const environment = await startEnvironment({
    functionName: 'import-users',
    env: {
      IMPORT_BUCKET: BUCKET,
      // Nobody listens there: these imports end within their invocation, or fail.
      IMPORT_QUEUE_URL: 'http://127.0.0.1:1/000000000000/imports',
      AWS_ENDPOINT_URL_S3: await linkTo(server.url),
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      ...env,
    },
  })
  return {
    ...environment,
    client,
    async upload(body) {
      const { ETag } = await put(client, 'imports/users.ndjson', body)
      const eventOf = () => events.find(({ Records }) => `"${Records[0]?.s3.object.eTag}"` === ETag)
      await expect.poll(eventOf).toBeDefined()
      return eventOf() ?? { Records: [] }
    },
  }
}
