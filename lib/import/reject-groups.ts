import type { ImportReport } from './import-report-schema.ts'
import { type PlacedReject, placedLine } from './reject-log.ts'

const FIRST = 3

/** Adds rejects to the report's groups by code: how many there are, and where the first of them are. */
export function groupRejects(
  groups: ImportReport['rejectsByCode'],
  rejects: readonly PlacedReject[],
): ImportReport['rejectsByCode'] {
  const byCode = new Map(groups.map((group) => [group.code, { ...group, first: [...group.first] }]))
  for (const placed of rejects) {
    const { code, ...place } = placedLine(placed)
    const group = byCode.get(code) ?? { code, count: 0, first: [] }
    byCode.set(code, group)
    group.count++
    if (group.first.length < FIRST) group.first.push(place)
  }
  return [...byCode.values()].toSorted((a, b) => b.count - a.count)
}
