import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Bucket, openBucket } from './bucket.ts'
import { s3Error } from './errors.ts'

export interface Store {
  /** In the order of their names. */
  buckets(): Bucket[]
  /** @throws S3Error NoSuchBucket */
  bucket(name: string): Bucket
  /** Creates the bucket if it does not exist. Throws InvalidBucketName. */
  createBucket(name: string): void
}

/** Opens the buckets in a folder, and creates the folder if it is missing. One process at a time may use it. */
export function openStore(dataDir: string): Store {
  mkdirSync(dataDir, { recursive: true })
  const buckets = new Map<string, Bucket>()
  const open = (name: string) => buckets.set(name, openBucket(name, join(dataDir, name)))
  readdirSync(dataDir).filter(isBucketName).forEach(open)
  return {
    buckets: () => [...buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    bucket(name) {
      const bucket = buckets.get(name)
      if (!bucket) throw s3Error('NoSuchBucket', `The bucket "${name}" does not exist; create it first.`)
      return bucket
    },
    createBucket(name) {
      if (!isBucketName(name))
        throw s3Error(
          'InvalidBucketName',
          `Expected 3 to 63 of a-z, 0-9, "." and "-" as a bucket's name, got "${name}".`,
        )
      if (!buckets.has(name)) open(name)
    },
  }
}

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html. The rule also prevents paths with
 * ".." and "/".
 */
function isBucketName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..')
}
