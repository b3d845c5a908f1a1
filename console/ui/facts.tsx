import type { ComponentChildren } from 'preact'

export interface Fact {
  name: string
  value: ComponentChildren
  note?: ComponentChildren
}

/** Named figures in a row that wraps. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <span class="figure">{value}</span>
            {note !== undefined && <span class="note">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  )
}
