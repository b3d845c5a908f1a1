import type { SourceMap } from 'node:module'

const MAX_FRAMES = 12
/** `at name (file:///var/task/index.mjs:1:2345)`, with or without the name. */
const PLACE = /(file:\/\/\S+?):(\d+):(\d+)/

/**
 * The frames of the innermost cause of an error, with the names of our source files: `at readSecret
 * (lib/redis/secret.ts:31:7)`. Frames contain no data; the message is left out, because it may quote some.
 *
 * Reads the source maps only now. `--enable-source-maps` would read them at every cold start.
 */
export function readableStack(error: Error): string[] {
  let innermost = error
  while (innermost.cause instanceof Error) innermost = innermost.cause
  const frames = (innermost.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const maps = new Map<string, SourceMap>()
  return frames.slice(0, MAX_FRAMES).map((frame) => toSource(frame.trim(), maps))
}

/** @param maps of the files that were read already: most frames are of one file, and a map takes a while to parse */
function toSource(frame: string, maps: Map<string, SourceMap>): string {
  const [place, file, line, column] = PLACE.exec(frame) ?? []
  if (place === undefined || file === undefined) return frame
  try {
    const map = maps.get(file) ?? readMap(new URL(`${file}.map`))
    maps.set(file, map)
    const origin = map.findOrigin(Number(line), Number(column))
    if (!('fileName' in origin)) return frame
    const source = origin.fileName.replace(/^(\.\.\/)+/, '')
    return frame.replace(place, `${source}:${origin.lineNumber}:${origin.columnNumber}`)
  } catch {
    // Without a map, as in tests, the place is right as it is.
    return frame
  }
}

function readMap(url: URL): SourceMap {
  const { SourceMap } = process.getBuiltinModule('node:module')
  return new SourceMap(JSON.parse(process.getBuiltinModule('node:fs').readFileSync(url, 'utf8')))
}
