/** What no log may show. Each text says so itself, so that a piece of it is found in whatever it was put. */
export const canary = {
  password: 'canary-password',
  text: 'canary likes long rides',
  tag: 'canary-tag',
  vector: [0.31415927, 0.27182818, 0.57721566],
}

/** Passwords, records and vectors of the tests' other data. */
const others = [/hunter2/i, /is into/, /0\.9,\s*0\.7/, /ZmZmPzMzMz/, /6666663f/i]

const word = Buffer.from('canary')
const components = canary.vector.map((component) => Buffer.from(new Float32Array([component]).buffer))
const patterns = [
  ...others,
  /canary/i,
  ...canary.vector.map((component) => new RegExp(String(component).slice(0, 7).replace('.', '\\.'))),
  ...[word, ...components].map((bytes) => new RegExp(bytes.toString('hex'), 'i')),
  ...[word, ...components].flatMap(insideBase64).map((text) => new RegExp(text.replaceAll('+', '\\+'))),
]

/** Every secret, record or vector that a text shows, with a little of what stands around it. */
export function findLeaks(text: string): string[] {
  return patterns.flatMap((pattern) => {
    const found = pattern.exec(text)
    return found === null ? [] : [text.slice(Math.max(0, found.index - 60), found.index + 60)]
  })
}

/** How bytes look inside a longer base64 text: in three ways, by where in a group of three they begin. */
function insideBase64(bytes: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes, Buffer.alloc(3)]).toString('base64')
    // Without the letters that also depend on the neighbours.
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
  })
}
