import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { ApiError } from '../../client/src/index.ts'

export interface Query<T> {
  data: T | undefined
  error: unknown
  isLoading: boolean
  reload: () => void
}

interface QueryOptions<T> {
  /** How long to wait before the next request; undefined for no further one. */
  repeatMs?: (data: T | undefined) => number | undefined
}

const RETRY_MS = 5_000

/** No answer, or a fault of the service: the same request may succeed later. */
function mayPass(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof ApiError && error.status >= 500)
}

/**
 * Loads data when the component appears and when `key` changes. While it loads again, the last data of the same key
 * stay. A key of `undefined` loads nothing.
 */
export function useQuery<T>(
  key: string | undefined,
  load: (signal: AbortSignal) => Promise<T>,
  { repeatMs = () => undefined }: QueryOptions<T> = {},
): Query<T> {
  const [state, setState] = useState<{ key?: string | undefined; data?: T; error?: unknown }>({})
  const [isLoading, setLoading] = useState(key !== undefined)
  const [round, setRound] = useState(0)
  const latest = useRef({ load, repeatMs })
  latest.current = { load, repeatMs }

  // A new round loads again.
  useEffect(() => {
    if (key === undefined) return
    const stop = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const again = (ms: number | undefined) => {
      if (ms !== undefined) timer = setTimeout(() => setRound((n) => n + 1), ms)
    }
    setLoading(true)
    latest.current.load(stop.signal).then(
      (data) => {
        if (stop.signal.aborted) return
        setState({ key, data })
        setLoading(false)
        again(latest.current.repeatMs(data))
      },
      (error: unknown) => {
        if (stop.signal.aborted) return
        setState((last) => (last.key === key ? { ...last, error } : { key, error }))
        setLoading(false)
        const isRepeated = latest.current.repeatMs(undefined) !== undefined
        again(isRepeated || mayPass(error) ? RETRY_MS : undefined)
      },
    )
    return () => {
      stop.abort()
      clearTimeout(timer)
    }
  }, [key, round])

  const reload = useCallback(() => setRound((n) => n + 1), [])
  const isCurrent = state.key === key
  return {
    data: isCurrent ? state.data : undefined,
    error: isCurrent ? state.error : undefined,
    isLoading,
    reload,
  }
}
