import { useState } from 'preact/hooks'

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
  if (!isAsking)
    return (
      <button type="button" class="danger" disabled={isBusy} onClick={() => setAsking(true)}>
        {label}
      </button>
    )
  return (
    <span class="row" role="status">
      <span>{question}</span>
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
      <button type="button" onClick={() => setAsking(false)}>
        No
      </button>
    </span>
  )
}
