import { useState } from 'preact/hooks'

export interface Action<TArguments extends unknown[]> {
  run: (...args: TArguments) => Promise<void>
  isBusy: boolean
  error: unknown
}

/** Something that a person starts: whether it runs, and why it failed. */
export function useAction<TArguments extends unknown[]>(
  work: (...args: TArguments) => Promise<void>,
): Action<TArguments> {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  async function run(...args: TArguments) {
    setBusy(true)
    setError(undefined)
    try {
      await work(...args)
    } catch (thrown) {
      setError(thrown)
    } finally {
      setBusy(false)
    }
  }
  return { run, isBusy, error }
}
