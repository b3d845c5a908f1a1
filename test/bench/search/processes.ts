import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Latency } from './measure.ts'

export interface Size {
  users: number
  dimensions: 384 | 1536
}

/** Ids, of each query's answer. */
export type Found = string[][]

export type HandlerTimes = Record<
  'bare' | 'base64' | 'numbers' | 'wholeDocuments' | 'many' | 'manyWholeDocuments' | 'ef10',
  Latency
>

export interface HandlerResult {
  alone: HandlerTimes
  eightAtOnce: HandlerTimes
  command: string
  found: Found
  foundAtEf10: Found
}

/** A round of a library, one call at a time. */
export interface Round {
  /** Milliseconds: of calls of the library, and of the command that it sends, by the very client that it uses. */
  times: Record<'library' | 'bare', number[]>
  found: Found
}

/** What a script can be asked, with how many calls of each kind. */
export interface Question {
  what: 'handler' | 'round'
  count: number
}

export interface LangchainInput extends Size {
  /** Where it is installed. */
  packages: string
  url: string
  k: number
  /** The one that it makes, of all hashes whose keys begin so. */
  index: string
  prefix: string
  efRuntime: number
  m: number
  efConstruction: number
}

export interface Script {
  /** The type of the answer is the caller's claim. */
  ask<T>(question: Question): Promise<T>
  close(): void
}

/** Starts a script of this folder with an input, which then waits for questions until it is closed. */
export async function startScript(name: string, input: object, env: NodeJS.ProcessEnv = {}): Promise<Script> {
  const child = fork(fileURLToPath(new URL(name, import.meta.url)), [JSON.stringify(input)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with ${code}`)
  })
  // It is told to whoever asks; after close() nobody does.
  ended.catch(() => {})
  const told = async () => (await Promise.race([once(child, 'message'), ended]))[0]
  // What it loads must not befall those that are timed meanwhile.
  await told()
  return {
    ask(question) {
      child.send(question)
      return told()
    },
    close: () => {
      if (child.connected) child.disconnect()
    },
  }
}

/** The input of this script. The type is the caller's claim. */
export function readInput<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}')
}

/** Answers this script's parent until that closes it. An answer that fails ends the process. */
export function answerParent(answer: (question: Question) => Promise<object>): void {
  process.on('message', async (question: Question) => process.send?.(await answer(question)))
  process.on('disconnect', () => process.exit(0))
  process.send?.('ready')
}
