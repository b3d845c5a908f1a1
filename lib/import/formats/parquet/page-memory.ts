import { tooLarge } from './malformed.ts'
import { MAX_PAGE_BYTES } from './page-header.ts'

const MIB = 1024 ** 2
/** All pages that are unpacked at a time. Lambda gives the importer 1,769 MB, and one packed page comes on top. */
const MAX_HELD_BYTES = MAX_PAGE_BYTES + 128 * MIB
/** The most bytes of a file's pages and documents together. A text that a dictionary names a million times is short. */
const [MAX_UNPACKED_BYTES, MAX_RATIO] = [2048 * MIB, 1000]

/** The memory of the pages that are open at a time: one data page of each column, and the dictionaries. */
export interface PageMemory {
  /** Throws AppError FILE_TOO_LARGE before the memory is used. */
  hold(bytes: number): void
  release(bytes: number): void
  /** Counts the bytes of a document. Throws AppError FILE_TOO_LARGE for a file that becomes too many. */
  count(bytes: number): void
  /** The pages of the row group before are closed. */
  clear(): void
}

export function pageMemory(fileBytes: number): PageMemory {
  const maxTotal = Math.max(MAX_UNPACKED_BYTES, MAX_RATIO * fileBytes)
  let held = 0
  let total = 0

  function count(bytes: number): void {
    total += bytes
    if (total <= maxTotal) return
    throw tooLarge(`a file of ${fileBytes} bytes to unpack to at most ${maxTotal} bytes, got more`)
  }

  return {
    count,
    hold(bytes) {
      held += bytes
      if (held > MAX_HELD_BYTES) {
        const limit = `pages of at most ${MAX_HELD_BYTES} bytes for all columns of a row together`
        throw tooLarge(`${limit}, got more: write fewer rows into a page`)
      }
      if (total > maxTotal)
        throw tooLarge(`pages that unpack to at most ${maxTotal} bytes together, got more`)
    },
    release(bytes) {
      held -= bytes
    },
    clear() {
      held = 0
    },
  }
}
