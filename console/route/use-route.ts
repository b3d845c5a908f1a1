import { useEffect, useRef, useState } from 'preact/hooks'
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

/** `go` that does nothing once the component is gone: a late answer must not take the person from another view. */
export function useGo(): typeof go {
  const isGone = useRef(false)
  useEffect(
    () => () => {
      isGone.current = true
    },
    [],
  )
  return (...to) => {
    if (!isGone.current) go(...to)
  }
}
