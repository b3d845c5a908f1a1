import { malformed } from './malformed.ts'
import type { Encoding, PageHeader } from './page-header.ts'
import type { Dictionary, ValueReader } from './plain-values.ts'
import { bitWidth, type NumberReader, packedReader, runReader } from './run-reader.ts'
import type { Leaf } from './schema.ts'
import { type CopyBudget, valueReader } from './value-reader.ts'

/** A data page, unpacked. Its levels and values are decoded when they are asked for. */
export interface DataPage {
  /** How many levels it has: one for each value and each null. */
  count: number
  repetitions: NumberReader
  definitions: NumberReader
  values: ValueReader
}

export interface PageContext {
  unpack(packed: Buffer, size: number): Buffer
  dictionary: Dictionary | undefined
  budget: CopyBudget
}

/** @throws AppError FILE_MALFORMED */
export function openDataPage(leaf: Leaf, header: PageHeader, packed: Buffer, context: PageContext): DataPage {
  const parts = header.type === 'DATA_PAGE_V2' ? partsOfV2 : partsOfV1
  const { repetitions, definitions, values } = parts(leaf, header, packed, context.unpack)
  return {
    count: header.values,
    repetitions,
    definitions,
    values: valueReader(leaf, header.encoding, values, context),
  }
}

interface Parts {
  repetitions: NumberReader
  definitions: NumberReader
  values: Buffer
}

type TakeParts = (leaf: Leaf, header: PageHeader, packed: Buffer, unpack: PageContext['unpack']) => Parts

/** The levels stand behind their lengths, before the values, and all of it is packed. */
const partsOfV1: TakeParts = (leaf, header, packed, unpack) => {
  let rest = unpack(packed, header.unpackedBytes)

  function takeLevels(encoding: Encoding, max: number): NumberReader {
    const width = bitWidth(max)
    if (width === 0) return runReader(rest, 0)
    if (encoding === 'BIT_PACKED') return packedReader(take(Math.ceil((header.values * width) / 8)), width)
    if (encoding !== 'RLE') throw malformed(`levels in one of the encodings RLE, BIT_PACKED, got ${encoding}`)
    return runReader(take(take(4).readUInt32LE(0)), width)
  }

  function take(count: number): Buffer {
    if (count > rest.length) throw malformed('levels within their page')
    const taken = rest.subarray(0, count)
    rest = rest.subarray(count)
    return taken
  }

  const repetitions = takeLevels(header.repetitionEncoding, leaf.maxRepetition)
  const definitions = takeLevels(header.definitionEncoding, leaf.maxDefinition)
  return { repetitions, definitions, values: rest }
}

/** The levels stand before the values, in lengths of which the header tells, and are never packed. */
const partsOfV2: TakeParts = (leaf, header, packed, unpack) => {
  const { repetitionBytes, definitionBytes, unpackedBytes } = header
  const end = repetitionBytes + definitionBytes
  const rest = packed.subarray(end)
  // Copies, so that the packed page does not stay in memory.
  return {
    repetitions: runReader(Buffer.from(packed.subarray(0, repetitionBytes)), bitWidth(leaf.maxRepetition)),
    definitions: runReader(Buffer.from(packed.subarray(repetitionBytes, end)), bitWidth(leaf.maxDefinition)),
    values: header.isPacked ? unpack(rest, unpackedBytes - end) : rest,
  }
}
