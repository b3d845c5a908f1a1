import { count } from '../text/numbers.ts'

interface Part {
  name: string
  value: number
  tone?: string
}

/** Counts that add up: the whole, and the parts of it. */
export function Counts({ whole, parts }: { whole: Part; parts: readonly Part[] }) {
  return (
    <ul class="counts">
      <li>
        <b>{count(whole.value)}</b> {whole.name}
      </li>
      {parts.map(({ name, value, tone = '' }, i) => (
        <li key={name} class={value === 0 ? 'none' : tone}>
          <span class="sign">{i === 0 ? '=' : '+'}</span> <b>{count(value)}</b> {name}
        </li>
      ))}
    </ul>
  )
}
