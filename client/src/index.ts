export type * from './api.ts'
export { ApiError } from './api-error.ts'
export type { CallOptions, ClientSettings, Fetch, FetchInit, FetchResponse } from './call.ts'
export {
  type Client,
  createClient,
  type DeleteOptions,
  type SimilarQuery,
  type WriteOptions,
} from './client.ts'
export type { WaitOptions } from './wait-for-import.ts'
