import type { DecodedArray, PageHeader } from 'hyparquet'
import { assembleLists } from 'hyparquet/src/assemble.js'
import { convert } from 'hyparquet/src/convert.js'
import { byteStreamSplit } from 'hyparquet/src/encoding.js'
import { readPlain } from 'hyparquet/src/plain.js'
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js'
import { AppError } from '../../../errors.ts'
import type { ColumnDecoder } from './parquet-decoder.ts'
import { readDelta, readDeltaTexts } from './parquet-delta.ts'
import { readRuns } from './parquet-runs.ts'

/** A page of data: its levels, its values without nulls, and how they are put. */
interface DataPage {
  count: number
  encoding: string | undefined
  repetitions: Uint8Array
  definitions: Uint8Array
  values: Uint8Array
}

/** The values that the pages behind it name by their places. */
export function readDictionary(header: PageHeader, packed: Uint8Array, decoder: ColumnDecoder): DecodedArray {
  const bytes = decoder.unpack(packed, header.uncompressed_page_size)
  const count = header.dictionary_page_header?.num_values ?? 0
  return convert(readPlain(readerOf(bytes), decoder.type, count, decoder.element.type_length), decoder)
}

/**
 * The rows of a page. What a page says of itself is held against what it has before anything is made of it: the
 * library would fill memory, or run for minutes, where a bit has flipped.
 *
 * @param before lists of which the last may go on in this page; they are added to
 * @throws AppError FILE_MALFORMED, and whatever broken bytes lead to
 */
export function readRows(
  header: PageHeader,
  packed: Uint8Array,
  decoder: ColumnDecoder,
  dictionary: DecodedArray | undefined,
  before: unknown[],
): DecodedArray {
  const { schemaPath } = decoder
  const { count, encoding, ...parts } = dataPage(header, packed, decoder)
  const maxDefinition = getMaxDefinitionLevel(schemaPath)
  const repetitions = levels(parts.repetitions, getMaxRepetitionLevel(schemaPath), count)
  const definitions = levels(parts.definitions, maxDefinition, count)
  const present = count - definitions.filter((level) => level !== maxDefinition).length
  const values = readValues(parts.values, encoding, present, decoder, dictionary)
  if (values.length !== present) throw malformed('as many values as the page has')
  return assembleLists(before, present === count ? [] : definitions, repetitions, values, schemaPath)
}

function dataPage(header: PageHeader, packed: Uint8Array, { schemaPath, unpack }: ColumnDecoder): DataPage {
  const { data_page_header: first, data_page_header_v2: second, uncompressed_page_size: size } = header
  if (header.type === 'DATA_PAGE_V2' && second !== undefined) {
    const { repetition_levels_byte_length: begin, num_values: count, encoding, is_compressed } = second
    const end = begin + second.definition_levels_byte_length
    if (!(0 <= begin && begin <= end && end <= packed.length)) throw malformed('levels within it')
    const rest = packed.subarray(end)
    const values = is_compressed === false ? new Uint8Array(rest) : unpack(rest, size - end)
    const [repetitions, definitions] = [packed.subarray(0, begin), packed.subarray(begin, end)]
    return { count, encoding, repetitions, definitions, values }
  }
  if (header.type !== 'DATA_PAGE' || first === undefined) throw malformed('data')
  let values = unpack(packed, size)
  const take = (maxLevel: number) => {
    if (maxLevel === 0) return new Uint8Array()
    const [own, rest] = withLength(values)
    values = rest
    return own
  }
  const repetitions = take(getMaxRepetitionLevel(schemaPath))
  const definitions = take(getMaxDefinitionLevel(schemaPath))
  return { count: first.num_values, encoding: first.encoding, repetitions, definitions, values }
}

/** Bytes behind their length, and what comes then. */
function withLength(bytes: Uint8Array): [own: Uint8Array, rest: Uint8Array] {
  const end = 4 + readerOf(bytes).view.getUint32(0, true)
  if (end > bytes.length) throw malformed('no more than it has')
  return [bytes.subarray(4, end), bytes.subarray(end)]
}

/** @returns none where there is but one level */
function levels(bytes: Uint8Array, max: number, count: number): number[] {
  return max === 0 ? [] : readRuns(bytes, 32 - Math.clz32(max), count, max)
}

function readValues(
  bytes: Uint8Array,
  encoding: string | undefined,
  count: number,
  decoder: ColumnDecoder,
  dictionary: DecodedArray | undefined,
): DecodedArray {
  if (count === 0) return []
  if (encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY') {
    if (dictionary === undefined) throw malformed('a dictionary before it')
    const places = readRuns(bytes.subarray(1), bytes[0] ?? 0, count, dictionary.length - 1)
    return places.map((place) => dictionary[place])
  }
  return convert(plainValues(bytes, encoding, count, decoder), decoder)
}

function plainValues(
  bytes: Uint8Array,
  encoding: string | undefined,
  count: number,
  { type, element: { type_length: length } }: ColumnDecoder,
): DecodedArray {
  const reader = readerOf(bytes)
  switch (encoding) {
    case 'PLAIN':
      return readPlain(reader, type, count, length)
    case 'RLE':
      return readRuns(withLength(bytes)[0], 1, count, 1).map((bit) => bit === 1)
    case 'BYTE_STREAM_SPLIT':
      if (type === 'FIXED_LEN_BYTE_ARRAY' && count * (length ?? 0) > bytes.length) break
      return byteStreamSplit(reader, count, type, length)
    case 'DELTA_BINARY_PACKED':
      return readDelta(reader, type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count))
    case 'DELTA_LENGTH_BYTE_ARRAY':
      return readDeltaTexts(reader, new Int32Array(count))
    case 'DELTA_BYTE_ARRAY':
      return readDeltaTexts(reader, readDelta(reader, new Int32Array(count)))
  }
  throw malformed('values in one of the encodings of its type')
}

function readerOf({ buffer, byteOffset, byteLength }: Uint8Array) {
  return { view: new DataView(buffer, byteOffset, byteLength), offset: 0 }
}

function malformed(expected: string): AppError {
  return new AppError('FILE_MALFORMED', `Expected a page to have ${expected}`)
}
