import type { Target } from '../cli/target.ts'

/** Users that a first start uploads, and what it then asks about them. */
export interface Demo {
  dimensions: number
  /** Where the records have their vectors. */
  path: string
  file: URL
  /** The object in the bucket. */
  key: string
  show(target: Target, maxK: number): Promise<void>
}
