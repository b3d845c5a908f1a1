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

/** Own members only: `__proto__` and `constructor` are names like any other in a record. */
export function member(object: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(object, name)?.value
}

/** A copy without what lies at the paths. */
export function without(document: object, paths: readonly (readonly string[])[]): Record<string, unknown> {
  const copy: Record<string, unknown> = { ...document }
  for (const [step = '', ...steps] of paths) {
    const inner = member(copy, step)
    if (steps.length === 0) delete copy[step]
    else if (isObject(inner)) copy[step] = without(inner, [steps])
  }
  return copy
}

/** Puts a value where the path leads, in place; what is missing on the way is made. */
export function putAt(document: object, [step = '', ...steps]: readonly string[], value: unknown): void {
  const inner = member(document, step)
  const parent = isObject(inner) ? inner : {}
  if (steps.length > 0) putAt(parent, steps, value)
  // Not `document[step] =`, which for `__proto__` would be no member.
  const put = steps.length === 0 ? value : parent
  Object.defineProperty(document, step, { value: put, enumerable: true, writable: true, configurable: true })
}

/** An object with members: neither a list nor one of `parseExact`'s numbers. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)
}

/** Somebody else may have written what is stored: what is no object has no members. */
export function asObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {}
}
