/**
 * Vulnerabilities of Redis and RediSearch, with the first fixed version of each release line (`7.4`). The sources are
 * the release notes of both, and for CVE-2026-81934 its CVE record. The table does not cover other lines.
 */
const VULNERABILITIES: readonly {
  module: 'redis' | 'search'
  fixed: readonly string[]
  ids: readonly string[]
}[] = [
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

/**
 * One line for each module with known vulnerabilities: its version, the first version that fixes all, and their ids.
 */
export function findVulnerabilities(versions: Partial<Record<string, string>>): string[] {
  return (['redis', 'search'] as const).flatMap((module) => {
    const version = versions[module]
    if (version === undefined) return []
    const open = VULNERABILITIES.flatMap(({ module: affected, fixed, ids }) => {
      const fixedIn = fixed.find((one) => lineOf(one) === lineOf(version))
      return affected === module && fixedIn !== undefined && isBefore(version, fixedIn)
        ? [{ fixedIn, ids }]
        : []
    })
    const [first] = open.toSorted((a, b) => (isBefore(a.fixedIn, b.fixedIn) ? 1 : -1))
    if (first === undefined) return []
    const ids = open.flatMap((one) => one.ids).join(', ')
    return [`${module} ${version} has known vulnerabilities, fixed in ${first.fixedIn}: ${ids}`]
  })
}

function lineOf(version: string): string {
  return version.split('.').slice(0, 2).join('.')
}

/** Compares two versions of the same line. */
function isBefore(version: string, other: string): boolean {
  return Number(version.split('.')[2]) < Number(other.split('.')[2])
}
