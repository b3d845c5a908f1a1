import { formatRoute } from '../route/hash-route.ts'

const PLACES = [
  ['overview', 'Overview'],
  ['search', 'Search'],
  ['audiences', 'Audiences'],
  ['imports', 'Imports'],
  ['index', 'Index'],
] as const

export function Navigation({ current }: { current: string }) {
  return (
    <header class="rail">
      <a class="brand" href={formatRoute(['overview'])}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <circle cx="9" cy="12" r="6.5" />
          <circle cx="15" cy="12" r="6.5" />
        </svg>
        Lookalike
      </a>
      <nav aria-label="Views">
        <ul>
          {PLACES.map(([name, label]) => (
            <li key={name}>
              <a href={formatRoute([name])} aria-current={name === current ? 'page' : undefined}>
                {label}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </header>
  )
}
