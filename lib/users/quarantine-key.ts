import type { IndexDefinition } from '../definition.ts'

const PREFIX = 'quarantine:'

/** The key of a user in quarantine. It is outside the prefix of the index. */
export function quarantineKey({ prefix }: Pick<IndexDefinition, 'prefix'>, id: string): string {
  return `${PREFIX}${prefix}${id}`
}
