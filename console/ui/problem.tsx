import { SignIn } from '../auth/sign-in.tsx'
import { adviceOn } from '../text/error-advice.ts'
import { Stored } from './stored.tsx'

interface ProblemProps {
  error: unknown
  onRetry?: (() => void) | undefined
}

/** An error as what to do about it. */
export function Problem({ error, onRetry }: ProblemProps) {
  const { title, action, detail, places, isSignIn } = adviceOn(error)
  return (
    <div class="notice bad" role="alert">
      <p class="notice-title">
        <Stored value={title} />
      </p>
      <p>{action}</p>
      {places.length > 0 && (
        <ul>
          {places.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              {path !== '' && <code>{path}</code>} <Stored value={message} />
            </li>
          ))}
        </ul>
      )}
      <details>
        <summary>What the service said</summary>
        <p class="mono">
          <Stored value={detail} />
        </p>
      </details>
      {isSignIn && <SignIn />}
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}
