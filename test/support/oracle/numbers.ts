import { seeded } from '../random.ts'
import { absentOr, equality, type FieldKind, type Meaning, several } from './field-kind.ts'

const random = seeded(7)
/** Each number and its two neighbours, which differ from it in the last digit. */
const DOUBLES = [1e3, 1e6, 1, 1e-6, 1e12].flatMap((size) =>
  Array.from({ length: 6 }, () => random.between(-size, size)).flatMap((number) => [
    neighbour(number, -1),
    number,
    neighbour(number, 1),
  ]),
)
const SAFE = [
  ...[
    -5, 0, 0.1, 18, 18.5, 21, 65, 1e-7, -2_147_483_649, 4_294_967_296, 190551.04809604594, 261620.50286473182,
  ],
  ...[
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    5e-324,
    -1e-310,
    2.2250738585072014e-308,
    1e-300,
    1e15 + 0.5,
  ],
  ...DOUBLES,
]
/** A record may have them, a filter may not: a double stands for several whole numbers there. */
const BEYOND = [1e21, -1e21, 1.7976931348623157e308, -1e300, 2 ** 53, 2 ** 63]

export const numbers: FieldKind = {
  value(random, _field, lists) {
    const some = several(random, 3, () => random.oneOf(random.below(8) === 0 ? BEYOND : SAFE))
    const [first] = some
    const one = { json: first, means: first === undefined ? [] : [first] }
    return absentOr(random, lists ? random.oneOf([one, { json: some, means: some }]) : one)
  },
  condition(random) {
    const bound = random.oneOf(SAFE)
    const some = (test: (number: number) => boolean) => (means: Meaning) =>
      means.some((value) => test(Number(value)))
    return random.oneOf([
      equality(random, () => {
        const number = random.oneOf(SAFE)
        return { json: number, holds: (means) => means.includes(number) }
      }),
      { json: { $gt: bound }, holds: some((number) => number > bound) },
      { json: { $gte: bound }, holds: some((number) => number >= bound) },
      { json: { $lt: bound }, holds: some((number) => number < bound) },
      { json: { $lte: bound }, holds: some((number) => number <= bound) },
      // Of a list, one number may be above and another below.
      {
        json: { $gt: -1, $lt: bound },
        holds: (means) => some((number) => number > -1)(means) && some((number) => number < bound)(means),
      },
    ])
  },
}

/** The next double above or below. */
function neighbour(number: number, step: 1 | -1): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, number)
  view.setBigInt64(0, view.getBigInt64(0) + BigInt(step))
  return view.getFloat64(0)
}
