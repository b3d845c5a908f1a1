import type { Drift } from '../../client/src/index.ts'
import { Section } from '../ui/page.tsx'
import { Stored } from '../ui/stored.tsx'

/** Where two definitions differ. */
export function DriftTable({ drift, label }: { drift: readonly Drift[]; label: string }) {
  return (
    <table class="plain">
      <caption class="hidden">{label}</caption>
      <thead>
        <tr>
          <th scope="col">Setting</th>
          <th scope="col">Definition</th>
          <th scope="col">Index</th>
        </tr>
      </thead>
      <tbody>
        {drift.map(({ field, expected, actual }) => (
          <tr key={field}>
            <th scope="row">
              <code>
                <Stored value={field} />
              </code>
            </th>
            <td>
              <Stored value={said(expected)} />
            </td>
            <td>
              <Stored value={said(actual)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

export function DriftSection({ drift }: { drift: readonly Drift[] }) {
  return (
    <Section heading="Where they differ">
      <DriftTable drift={drift} label="Differences between the index and its definition" />
    </Section>
  )
}

const said = (value: Drift['expected']): string => (value === null ? 'none' : String(value))
