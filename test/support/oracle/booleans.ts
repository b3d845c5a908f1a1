import { absentOr, equality, type FieldKind } from './field-kind.ts'

const BOOLEANS = [true, false]

export const booleans: FieldKind = {
  value(random) {
    const flag = random.oneOf(BOOLEANS)
    return absentOr(random, { json: flag, means: [String(flag)] })
  },
  condition: (random) =>
    equality(random, () => {
      const flag = random.oneOf(BOOLEANS)
      return { json: flag, holds: (means) => means.includes(String(flag)) }
    }),
}
