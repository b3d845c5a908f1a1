import type { AudienceCurvePoint } from '../../client/src/index.ts'

/** The similarity of the last customer in an audience of this size, between the points of the curve. */
export function similarityAt(curve: readonly AudienceCurvePoint[], users: number): number | undefined {
  const after = curve.findIndex((point) => point.users >= users)
  const next = curve[after]
  if (next === undefined) return curve.at(-1)?.similarity
  const former = curve[after - 1]
  if (former === undefined || next.users === former.users) return next.similarity
  const share = (users - former.users) / (next.users - former.users)
  return former.similarity + share * (next.similarity - former.similarity)
}

/** Points of a small shop may have the same size. A line needs each once. */
export function distinctPoints(curve: readonly AudienceCurvePoint[]): AudienceCurvePoint[] {
  return curve.filter(({ users }, i) => users > 0 && users !== curve[i - 1]?.users)
}
