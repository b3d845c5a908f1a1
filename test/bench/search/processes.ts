import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Latency } from './measure.ts'

export interface Size {
  users: number
  dimensions: 384 | 1536
  /** Calls of each kind. */
  count: number
}

/** Ids, of each query's answer. */
export type Found = string[][]

export type OursTimes = Record<
  'bare' | 'base64' | 'numbers' | 'wholeDocuments' | 'many' | 'manyWholeDocuments' | 'ef10',
  Latency
>

export interface OursResult {
  alone: OursTimes
  eightAtOnce: OursTimes
  command: string
  found: Found
  foundAtEf10: Found
}

export interface LangchainInput extends Size {
  /** Where it is installed. */
  packages: string
  url: string
  k: number
  efRuntime: number
  m: number
  efConstruction: number
}

export interface LangchainResult {
  langchain: Latency
  bare: Latency
  found: Found
}

/** Runs a script of this folder with an input, and gives what it tells. */
export async function runScript<T>(name: string, input: object, env: NodeJS.ProcessEnv = {}): Promise<T> {
  const child = fork(fileURLToPath(new URL(name, import.meta.url)), [JSON.stringify(input)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  })
  const told = once(child, 'message')
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${name} ended with ${code}`)
  const [result] = await told
  return result
}

/** The input of this script. The type is the caller's claim. */
export function readInput<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}')
}

export function tellParent(result: object): void {
  process.send?.(result, () => process.exit(0))
}
