import type { S3Client } from '@aws-sdk/client-s3'
import type { S3Event } from 'aws-lambda'
import { expect } from 'vitest'
import type { EnvironmentOptions } from './environment-process.ts'
import { type LambdaEnvironment, startEnvironment } from './lambda-environment.ts'
import { BUCKET, put, s3ForTest } from './s3.ts'

export interface ImportBucket {
  client: S3Client
  url: string
  /** Puts a file of users into the bucket; resolves to the event that tells the importer of it. */
  upload(body: string | Buffer, key?: string): Promise<S3Event>
}

/** A bucket of the test's own. */
export async function importBucket(options?: Parameters<typeof s3ForTest>[0]): Promise<ImportBucket> {
  const { client, events, server } = await s3ForTest(options)
  return {
    client,
    url: server.url,
    async upload(body, key = 'imports/users.ndjson') {
      const { ETag } = await put(client, key, body)
      const eventOf = () => events.findLast(({ Records }) => `"${Records[0]?.s3.object.eTag}"` === ETag)
      await expect.poll(eventOf).toBeDefined()
      return eventOf() ?? { Records: [] }
    },
  }
}

/** A warm environment of `import-users`. */
export function startImporter(
  s3Url: string,
  env: Record<string, string>,
  options: Partial<EnvironmentOptions> = {},
): Promise<LambdaEnvironment> {
  return startEnvironment({
    functionName: 'import-users',
    ...options,
    env: {
      IMPORT_BUCKET: BUCKET,
      // Nobody listens there: these imports end within their invocation, or fail.
      IMPORT_QUEUE_URL: 'http://127.0.0.1:1/000000000000/imports',
      AWS_ENDPOINT_URL_S3: s3Url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      ...env,
    },
  })
}

/** A warm environment, and a bucket of its own, which it may reach over a link of the test's. */
export async function startImport(
  env: Record<string, string>,
  linkTo: (url: string) => Promise<string> = async (url) => url,
): Promise<LambdaEnvironment & ImportBucket> {
  const bucket = await importBucket()
  return { ...(await startImporter(await linkTo(bucket.url), env)), ...bucket }
}
