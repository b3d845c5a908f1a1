import type { Command } from '../redis.ts'

export function delArgs(key: string): Command {
  return ['DEL', key]
}
