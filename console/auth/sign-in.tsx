import { useAction } from '../api/use-action.ts'
import { useQuery } from '../api/use-query.ts'
import { readSignInConfig, signIn } from './session.ts'

/** A button to sign in, where the page knows an issuer. */
export function SignIn() {
  const config = useQuery('config', readSignInConfig)
  const { run, isBusy } = useAction(signIn)
  const { data } = config
  if (data === undefined) return null
  return (
    <button type="button" class="primary" disabled={isBusy} onClick={() => void run(data)}>
      Sign in
    </button>
  )
}
