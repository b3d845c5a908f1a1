import type { ComponentChildren } from 'preact'
import type { Query } from '../api/use-query.ts'
import { Problem } from './problem.tsx'

interface LoadedProps<T> {
  query: Query<T>
  /** How many lines the placeholder has, so that the content does not move what is below it. */
  lines?: number
  children: (data: T) => ComponentChildren
}

/** The data of a query, or that they are loading, or why there are none. Old data stay in sight below an error. */
export function Loaded<T>({ query, lines = 3, children }: LoadedProps<T>) {
  const { data, error, isLoading, reload } = query
  return (
    <>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data !== undefined && children(data)}
      {data === undefined && error === undefined && isLoading && <Placeholder lines={lines} />}
    </>
  )
}

function Placeholder({ lines }: { lines: number }) {
  return (
    <div class="placeholder" role="status">
      <span class="hidden">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} class="placeholder-line" aria-hidden="true" />
      ))}
    </div>
  )
}
