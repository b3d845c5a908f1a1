import { describe, expect, it } from 'vitest'
import { findVulnerabilities } from '../../../lib/check/vulnerabilities.ts'

describe('known vulnerabilities', () => {
  it('are named with the version that mends all of them', () => {
    expect(findVulnerabilities({ redis: '7.4.1', search: '2.10.5' })).toEqual([
      'redis 7.4.1 has known vulnerabilities, fixed in 7.4.11: CVE-2026-81934, CVE-2026-23479, CVE-2026-25243, ' +
        'CVE-2026-23631, CVE-2025-49844, CVE-2025-46817, CVE-2025-46818, CVE-2025-46819',
      'search 2.10.5 has known vulnerabilities, fixed in 2.10.10: CVE-2024-51737',
    ])
    expect(findVulnerabilities({ redis: '7.4.9' })).toEqual([
      'redis 7.4.9 has known vulnerabilities, fixed in 7.4.11: CVE-2026-81934',
    ])
  })

  it('are none of a version that is mended, or of a line that nothing is known of', () => {
    expect(findVulnerabilities({ redis: '7.4.11', search: '2.10.31' })).toEqual([])
    expect(findVulnerabilities({ redis: '9.0.0' })).toEqual([])
    expect(findVulnerabilities({ redis: 'unknown' })).toEqual([])
  })
})
