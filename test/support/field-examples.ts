import type { StorageName } from '../../lib/fields/field-type.ts'
import type { FieldTypeName } from '../../lib/fields/field-types.ts'

export interface FieldExamples {
  values: readonly ValueExample[]
  /** Values that no record may have in such a field, in either storage. */
  refused: readonly unknown[]
  /** Conditions, and the values above that satisfy them, by their place. Values that a storage refuses do not count. */
  filters: readonly { condition: unknown; matches: readonly number[] }[]
  refusedFilters: readonly unknown[]
  /** Cells of a CSV file, and the value that the record has then. */
  cells: Readonly<Record<string, unknown>>
  /** Parameters of `GET /users/{id}/similar` with the value that the API describes, and the condition that each stands for. */
  parameters: Readonly<Record<string, { described: unknown; condition: unknown }>>
}

interface ValueExample {
  value: unknown
  /** In an answer, where it is not `value`. */
  answered?: Partial<Record<StorageName, unknown>>
  /** The one storage that takes it. */
  only?: StorageName
}

/** What is true of each type of field, for one suite over all types. */
export const FIELD_EXAMPLES: Record<FieldTypeName, FieldExamples> = {
  TEXT: {
    values: [
      { value: 'Road bikes' },
      { value: ['kids', null, "kid's bikes"] },
      { value: '' },
      { value: 'road-bikes' },
    ],
    refused: [7, true, {}, [7]],
    filters: [
      { condition: { $text: 'ROAD bikes' }, matches: [0, 3] },
      { condition: { $text: 'kid' }, matches: [1] },
      { condition: { $text: 'the bikes' }, matches: [0, 1, 3] },
    ],
    refusedFilters: ['road', 7, { $text: '' }, { $text: 7 }, { $eq: 'road' }],
    cells: { 'road bikes': 'road bikes', '7': '7', true: 'true' },
    parameters: { 'road bikes': { described: 'road bikes', condition: { $text: 'road bikes' } } },
  },
  TAG: {
    values: [
      { value: 'kids, Road' },
      { value: ['mountain', null, 'road'] },
      { value: true, answered: { json: '1' } },
      { value: '' },
      { value: 'false' },
    ],
    refused: [7, {}, [7], [true]],
    filters: [
      { condition: 'road', matches: [0, 1] },
      { condition: { $eq: ' ROAD ' }, matches: [0, 1] },
      { condition: { $ne: 'road' }, matches: [2, 3, 4] },
      { condition: { $in: ['kids', 'mountain'] }, matches: [0, 1] },
      { condition: { $nin: ['kids', true] }, matches: [1, 3, 4] },
      { condition: true, matches: [2] },
      { condition: false, matches: [4] },
    ],
    refusedFilters: ['', 'kids,road', 7, ['road'], { $in: [] }, { $gt: 'a' }, { $text: 'road' }],
    cells: { 'kids, road': 'kids, road', '7': '7', true: 'true' },
    parameters: { 'kids,road': { described: ['kids', 'road'], condition: { $in: ['kids', 'road'] } } },
  },
  NUMERIC: {
    values: [{ value: 18 }, { value: -2.5 }, { value: [3, 40], only: 'json' }, { value: 0 }],
    refused: ['18', true, {}, ['18'], [null]],
    filters: [
      { condition: 18, matches: [0] },
      { condition: { $ne: 18 }, matches: [1, 2, 3] },
      { condition: { $in: [0, -2.5] }, matches: [1, 3] },
      { condition: { $gt: 3 }, matches: [0, 2] },
      // Of a list, one number may be above and another below.
      { condition: { $gte: 18, $lte: 18 }, matches: [0, 2] },
      { condition: { $lt: 0 }, matches: [1] },
    ],
    refusedFilters: ['18', true, [18], 2 ** 53, { $lt: -1e300 }, { $in: [] }, { $text: '18' }],
    cells: { '18': 18, ' -2.5e0 ': -2.5, eighteen: 'eighteen' },
    parameters: { '18': { described: 18, condition: 18 } },
  },
  GEO: {
    values: [{ value: '13.4,52.5' }, { value: ['2.35,48.86', '13.06,52.4'], only: 'json' }],
    refused: [7, true, {}, 'Berlin', '200,0', [], [null]],
    filters: [
      { condition: { $near: { lon: 13.4, lat: 52.5, km: 1 } }, matches: [0] },
      { condition: { $near: { lon: 13.4, lat: 52.5, km: 100 } }, matches: [0, 1] },
      { condition: { $near: { lon: -70, lat: -33, km: 100 } }, matches: [] },
    ],
    refusedFilters: [
      '13.4,52.5',
      { $near: [13.4, 52.5, 1] },
      { $near: { lon: 13.4, lat: 52.5 } },
      { $eq: '13.4,52.5' },
    ],
    cells: { '13.4,52.5': '13.4,52.5' },
    parameters: {
      '13.4,52.5,10': { described: [13.4, 52.5, 10], condition: { $near: { lon: 13.4, lat: 52.5, km: 10 } } },
    },
  },
  BOOLEAN: {
    values: [{ value: true }, { value: false }, { value: null }],
    refused: ['true', 1, {}, [], [true]],
    filters: [
      { condition: true, matches: [0] },
      { condition: { $eq: false }, matches: [1] },
      { condition: { $ne: true }, matches: [1, 2] },
      { condition: { $in: [true, false] }, matches: [0, 1] },
      { condition: { $nin: [false] }, matches: [0, 2] },
    ],
    refusedFilters: ['true', 1, null, [true], { $in: [] }, { $in: ['true'] }, { $gt: true }],
    cells: { true: true, ' False ': false, TRUE: true, '1': '1', yes: 'yes' },
    parameters: { true: { described: true, condition: true }, false: { described: false, condition: false } },
  },
}
