/** `$.address.city` → `['address', 'city']` */
export function pathSteps(path: string): string[] {
  return path.slice(2).split('.')
}

export function valueAt(document: object, steps: readonly string[]): unknown {
  let value: unknown = document
  for (const step of steps) {
    if (!isObject(value)) return undefined
    value = member(value, step)
  }
  return value
}

/** Reads own members only: in a record, `__proto__` and `constructor` are ordinary names. */
export function member(object: object, name: string): unknown {
  // A property descriptor would be an object more for each member that an import reads.
  return Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined
}

/** A copy without the values at the paths. */
export function withoutPaths(
  document: object,
  paths: readonly (readonly string[])[],
): Record<string, unknown> {
  const copy: Record<string, unknown> = { ...document }
  for (const [step = '', ...steps] of paths) {
    const inner = member(copy, step)
    if (steps.length === 0) delete copy[step]
    else if (isObject(inner)) copy[step] = withoutPaths(inner, [steps])
  }
  return copy
}

/** Puts a value at the path, in place. It creates missing objects on the way. */
export function putAt(document: object, [step = '', ...steps]: readonly string[], value: unknown): void {
  const inner = member(document, step)
  const parent = isObject(inner) ? inner : {}
  if (steps.length > 0) putAt(parent, steps, value)
  // Not `document[step] =`: for `__proto__` that would not create a member.
  const put = steps.length === 0 ? value : parent
  Object.defineProperty(document, step, { value: put, enumerable: true, writable: true, configurable: true })
}

/** An object with members: neither a list nor a raw number of `parseExact`. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)
}

/** The value as an object. Another program may have stored something else, which becomes an empty object. */
export function asObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {}
}
