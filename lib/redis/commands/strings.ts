import type { Command, Reply } from '../redis.ts'

export function getArgs(key: string): Command {
  return ['GET', key]
}

export function setArgs(key: string, value: string): Command {
  return ['SET', key, value]
}

export function parseGet(reply: Reply): string | undefined {
  return typeof reply === 'string' ? reply : undefined
}
