/**
 * Versions that are known to be vulnerable, and where they are mended: for each line (`7.4`) the first version that is.
 * From the release notes of Redis and of RediSearch, and CVE-2026-81934 from its CVE record. It says nothing of lines
 * that it does not name.
 */
const KNOWN: readonly { module: 'redis' | 'search'; fixed: readonly string[]; ids: readonly string[] }[] = [
  {
    module: 'redis',
    fixed: ['7.2.16', '7.4.11', '8.2.9', '8.4.6', '8.6.6', '8.8.2', '8.10.1'],
    ids: ['CVE-2026-81934'],
  },
  {
    module: 'redis',
    fixed: ['7.4.9', '8.2.6', '8.4.3', '8.6.3'],
    ids: ['CVE-2026-23479', 'CVE-2026-25243', 'CVE-2026-23631'],
  },
  {
    module: 'redis',
    fixed: ['7.4.6', '8.2.2'],
    ids: ['CVE-2025-49844', 'CVE-2025-46817', 'CVE-2025-46818', 'CVE-2025-46819'],
  },
  { module: 'search', fixed: ['2.10.10'], ids: ['CVE-2024-51737'] },
]

/** One line for each module that has known holes: what it is, what mends them all, and which they are. */
export function vulnerabilities(versions: Partial<Record<string, string>>): string[] {
  return (['redis', 'search'] as const).flatMap((module) => {
    const version = versions[module]
    if (version === undefined) return []
    const open = KNOWN.flatMap(({ module: of, fixed, ids }) => {
      const mended = fixed.find((one) => lineOf(one) === lineOf(version))
      return of === module && mended !== undefined && isBefore(version, mended) ? [{ mended, ids }] : []
    })
    const [first] = open.toSorted((a, b) => (isBefore(a.mended, b.mended) ? 1 : -1))
    if (first === undefined) return []
    const ids = open.flatMap((one) => one.ids).join(', ')
    return [`${module} ${version} has known vulnerabilities, mended by ${first.mended}: ${ids}`]
  })
}

function lineOf(version: string): string {
  return version.split('.').slice(0, 2).join('.')
}

/** Of two versions of one line. */
function isBefore(version: string, other: string): boolean {
  return Number(version.split('.')[2]) < Number(other.split('.')[2])
}
