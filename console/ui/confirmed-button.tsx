import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { focusContentIfLost } from './focus.ts'

interface ConfirmedButtonProps {
  label: string
  /** The second click answers this. */
  question: string
  isBusy: boolean
  onConfirm: () => void
}

/**
 * Asks once more before something that cannot be undone. Where the label can change, the caller sets a `key`: a
 * question that is open belongs to one label.
 */
export function ConfirmedButton({ label, question, isBusy, onConfirm }: ConfirmedButtonProps) {
  const [isAsking, setAsking] = useState(false)
  const id = useId()
  // The click removes the button that has the focus. The focus goes to the answer that does no harm, and back.
  const next = useRef<HTMLButtonElement>(null)
  const shown = useRef(isAsking)
  useEffect(() => {
    if (shown.current === isAsking) return
    shown.current = isAsking
    next.current?.focus()
    focusContentIfLost()
  }, [isAsking])
  if (!isAsking)
    return (
      <button
        key="ask"
        ref={next}
        type="button"
        class="danger"
        disabled={isBusy}
        onClick={() => setAsking(true)}
      >
        {label}
      </button>
    )
  return (
    <span key="answer" class="row">
      <span id={id}>{question}</span>
      <button
        type="button"
        class="danger"
        disabled={isBusy}
        onClick={() => {
          setAsking(false)
          onConfirm()
        }}
      >
        Yes, {label.toLowerCase()}
      </button>
      <button ref={next} type="button" aria-describedby={id} onClick={() => setAsking(false)}>
        No
      </button>
    </span>
  )
}
