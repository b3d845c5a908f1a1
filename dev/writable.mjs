import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

// Plain JavaScript: dev/setup.mjs uses this file on a Node that cannot strip types.

/**
 * Throws one line if this user cannot write or create a folder. The system's own error does not say that: for a new
 * folder on a read-only disk, Node reports ENOENT.
 *
 * @param {string} folder
 * @param {string} whatToDo
 */
export function assertWritable(folder, whatToDo) {
  const problem = findProblem(nearestExisting(folder))
  if (problem)
    throw new Error(`Expected a folder that this user may write, got ${folder} (${problem}): ${whatToDo}`)
}

/** @param {string} path */
function findProblem(path) {
  if (!statSync(path).isDirectory()) return `${path} is a file`
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
  } catch (error) {
    return error instanceof Error && 'code' in error ? `${error.code} at ${path}` : error
  }
  return undefined
}

/**
 * The path itself, or its nearest existing parent.
 *
 * @param {string} path
 * @returns {string}
 */
function nearestExisting(path) {
  return existsSync(path) ? path : nearestExisting(dirname(path))
}
