import { gunzipSync, gzipSync } from 'node:zlib'
import type { Random } from './random.ts'

/** What a damaged file, another tool or an attacker puts into the text of a file. */
const PIECES = [
  ...[
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ',',
    ';',
    ':',
    '\\',
    '\r',
    '\n',
    '\0',
    '\t',
    '\u001e',
    '\ufeff',
    '\u2028',
  ],
  ...['null', 'NaN', '-Infinity', '1e400', '9007199254740993', '""', '[]', '{}', '\\ud800', '\\u0000'],
  ...['"id":', '"deleted":true,', '"__proto__":', '"vector_embedding":[', '"labels":[[', 'a.b.c.d.e.f'],
  ...['['.repeat(5_000), '{"a":'.repeat(5_000), 'x'.repeat(200_000), 'x.'.repeat(5_000), '"'.repeat(999)],
  ...['0,'.repeat(20_000), '{}\n'.repeat(5_000), '\n'.repeat(50_000), ' '.repeat(100_000)],
].map((piece) => Buffer.from(piece))

/** A file with one to four changes, sometimes in gzip. A gzip file is mostly changed in its text. */
export function mutateFile(random: Random, original: Buffer, other: Buffer): Buffer {
  const isGzip = original[0] === 0x1f && original[1] === 0x8b
  const isUnpacked = isGzip && random.below(4) > 0
  let file = isUnpacked ? gunzipSync(original) : original
  for (let i = random.below(4); i >= 0; i--) file = changeOnce(random, file, other)
  return isUnpacked || random.below(10) === 0 ? gzipSync(file, { level: 1 }) : file
}

function changeOnce(random: Random, file: Buffer, other: Buffer): Buffer {
  const at = random.below(file.length + 1)
  const end = at + random.below(random.oneOf([2, 16, 1_000]))
  const [before, part, after] = [file.subarray(0, at), file.subarray(at, end), file.subarray(end)]
  const piece = random.oneOf(PIECES)
  return random.oneOf([
    () => Buffer.concat([before, Buffer.from([random.below(256)]), file.subarray(at + 1)]),
    () => Buffer.concat([before, piece, file.subarray(at)]),
    () => Buffer.concat([before, piece, after]),
    () => Buffer.concat([before, after]),
    () => Buffer.concat([before, part, part, part, after]),
    () => before,
    () => Buffer.concat([before, other.subarray(random.below(other.length))]),
    () => Buffer.concat([file, other]),
  ])()
}
