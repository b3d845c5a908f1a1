import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

// Plain JavaScript: dev/setup.mjs uses this on a Node that cannot strip types.

/**
 * Throws one line where this user cannot write a folder, or cannot make it. The system's own error does not say that: for
 * a new folder on a read-only disk Node reports ENOENT.
 * @param {string} folder
 * @param {string} whatToDo
 */
export function assertWritable(folder, whatToDo) {
  const problem = problemOf(nearest(folder))
  if (problem)
    throw new Error(`Expected a folder that this user may write, got ${folder} (${problem}): ${whatToDo}`)
}

/** @param {string} path */
function problemOf(path) {
  if (!statSync(path).isDirectory()) return `${path} is a file`
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
  } catch (error) {
    return error instanceof Error && 'code' in error ? `${error.code} at ${path}` : error
  }
  return undefined
}

/**
 * The path itself, or the first above it that is there.
 * @param {string} path
 * @returns {string}
 */
function nearest(path) {
  return existsSync(path) ? path : nearest(dirname(path))
}
