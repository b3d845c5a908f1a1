// Plain JavaScript: dev/setup.mjs uses this on a Node that cannot strip types.

/**
 * Runs `work`, which writes to `folder`. Where the system refuses that, the Error says so in one line.
 * @template T
 * @param {string} folder
 * @param {() => Promise<T>} work
 * @param {string} [whatToDo]
 */
export async function writable(folder, work, whatToDo = 'make it writable for this user') {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOSPC'].includes(code)) throw error
    throw new Error(`Lookalike cannot write to ${folder} (${code}): ${whatToDo}`)
  }
}
