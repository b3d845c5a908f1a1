import { startS3 } from '../../../dev/s3/server.ts'

// An S3 server in a process of its own, as an importer's is: `node s3-process.ts FOLDER` prints its URL.

const [dataDir = ''] = process.argv.slice(2)
const { url } = await startS3({ dataDir })
process.stdout.write(`${url}\n`)
