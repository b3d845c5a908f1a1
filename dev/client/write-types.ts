import { writeFile } from 'node:fs/promises'
import { apiTypes } from './api-types.ts'

// `npm run client:types`

await writeFile(new URL('../../client/src/api.ts', import.meta.url), apiTypes())
