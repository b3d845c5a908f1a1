import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The folders and files in plain language; `dev/*` is the files of that folder alone. A rewritten folder joins the list. */
const PLACES = [
  'functions',
  ...[
    'lib/api',
    'lib/audiences',
    'lib/aws',
    'lib/check',
    'lib/fields',
    'lib/import',
    'lib/index-state',
    'lib/lambda',
    'lib/provisioning',
    'lib/recall',
    'lib/redis',
    'lib/s3',
    'lib/search',
    'lib/sqs',
    'lib/storage',
    'lib/users',
    'lib/config.ts',
    'lib/definition.ts',
    'lib/errors.ts',
    'lib/index-definition.ts',
    'lib/vector.ts',
  ],
  'console',
  ...['dev/client', 'dev/deploy', 'dev/local', 'dev/redis', 'dev/s3', 'dev/setup'],
  'dev/*',
  'serverless.yml',
  'deploy/*',
]

/** Words that docs/glossary.md replaces, archaic words, and pronouns for a program. */
const FORBIDDEN =
  /\b(whom|whose|whoever|nobody|somebody|anybody|anew|besides?|heed(?:s|ed)?|spoil(?:t|s|ed)?|lies|shall|he|him|his|himself|one that|be it|whence|thence|hence|goes on|went on|gone to|flip(?:s|ped)?|outrun|outruns|verdicts?|poison(?:s|ed)?|broken off|breaks off|has the say)\b/i

/** `who` is a person. */
const RIDDLE_WHO = /(?<!\b(?:customers?|users?|persons?|people|engineers?|readers?|developers?) )\bwho\b/i

/** A statement has its subject in it. A question may begin like this. */
const RIDDLE = /^(?:(?:And|But|So) )?(?:Who|What|Whatever)\b/

interface Sentence {
  text: string
  place: string
}

describe('the language', () => {
  it.each(PLACES)('of %s is plain', (place) => {
    const files = filesIn(place)
    expect(files.length).toBeGreaterThan(0)
    const faults = files.flatMap((file) => faultsOf(file, readFileSync(join(root, file), 'utf8')))
    expect(faults).toEqual([])
  })

  it.each([
    ['// Whoever gives up leaves the row.', 'Whoever'],
    ['/** What is not tested. It is named so. */', 'What'],
    ["throw new Error('It breaks off here, without an end')", 'breaks off'],
    ['/**\n * A comment of two lines, of\n * whom it says nothing.\n */', 'whom'],
    ['# The program knows it, and he writes it.', 'he'],
    ['// Who is it? The program who asks.', 'who'],
  ])('of %j is found not to be: %s', (source, word) => {
    expect(faultsOf('example.ts', source)).toEqual([expect.stringContaining(`[${word}]`)])
  })

  it.each([
    '// The customers who are most similar. `whom` in code does not count.',
    '/** Which index is it? Who reads this? */',
    "const text = 'whose'",
    "const url = 'https://example.com/whom/and more'",
  ])('of %j is plain', (source) => {
    expect(faultsOf('example.ts', source)).toEqual([])
  })
})

function filesIn(place: string): string[] {
  const folder = place.replace(/\/\*$/, '')
  if (statSync(join(root, folder)).isFile()) return [place]
  return readdirSync(join(root, folder), { recursive: folder === place, encoding: 'utf8' })
    .filter((name) => /\.(tsx?|mjs|yml)$/.test(name))
    .map((name) => join(folder, name))
}

function faultsOf(file: string, source: string): string[] {
  return [...sentencesOf(commentsOf(source), file), ...messagesOf(source, file)].flatMap(
    ({ text, place }) => {
      const isQuestion = text.endsWith('?')
      const words = [FORBIDDEN, ...(isQuestion ? [] : [RIDDLE_WHO, RIDDLE])]
      const found = words.map((pattern) => pattern.exec(text)?.[0]).find((word) => word !== undefined)
      return found === undefined ? [] : [`${place} [${found}] ${text}`]
    },
  )
}

/** The comments that begin a line or follow code, with their line. Lines of one comment are joined. */
function commentsOf(source: string): { line: number; text: string }[] {
  const comments: { line: number; text: string }[] = []
  let isInBlock = false
  let last = Number.NEGATIVE_INFINITY
  for (const [i, line] of source.split('\n').entries()) {
    const isBegin = /^\s*\/\*/.test(line)
    const text =
      isInBlock || isBegin
        ? line.replace(/^\s*\/?\*+ ?/, '').replace(/\*\/.*/, '')
        : /(?:^|[\s;{,])(?:\/\/|#) (.*)$/.exec(line)?.[1]
    isInBlock = (isInBlock || isBegin) && !line.includes('*/')
    if (text === undefined) continue
    const comment = comments.at(-1)
    if (comment !== undefined && last === i - 1 && !isBegin) comment.text += `\n${text.trim()}`
    else comments.push({ line: i + 1, text: text.trim() })
    last = i
  }
  return comments
}

/** Code in backticks and addresses are no language. An empty line and a list item end a sentence, too. */
function sentencesOf(comments: { line: number; text: string }[], file: string): Sentence[] {
  return comments.flatMap(({ line, text }) =>
    text
      .split(/\n\n|\n(?=[@-])/)
      .flatMap((part) => withoutCode(part.replaceAll('\n', ' ')).split(/(?<=[.!?]) (?=[A-Z`"(@])/))
      .map((sentence) => ({ text: sentence.trim(), place: `${file}:${line}` })),
  )
}

/** Literals of three words and more: messages and descriptions. */
function messagesOf(source: string, file: string): Sentence[] {
  return source.split('\n').flatMap((line, i) =>
    /^\s*(?:\*|\/\/|\/\*|#)/.test(line)
      ? []
      : [...line.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
          .map(([, single, double, template]) => withoutCode(single ?? double ?? template ?? ''))
          .filter((text) => /\S\s+\S+\s+\S/.test(text))
          .map((text) => ({ text, place: `${file}:${i + 1}` })),
  )
}

function withoutCode(text: string): string {
  return text
    .replace(/`[^`]*`/g, '`code`')
    .replace(/\$\{[^}]*\}/g, 'value')
    .replace(/https?:\S+/g, 'address')
}
