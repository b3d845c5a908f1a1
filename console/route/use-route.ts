import { useEffect, useState } from 'preact/hooks'
import { formatRoute, parseRoute, type Route } from './hash-route.ts'

/** The current route. The component renders again when it changes. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const update = () => setHash(location.hash)
    addEventListener('hashchange', update)
    return () => removeEventListener('hashchange', update)
  }, [])
  return parseRoute(hash)
}

export function go(path: readonly string[], query: Readonly<Record<string, unknown>> = {}): void {
  location.hash = formatRoute(path, query)
}
