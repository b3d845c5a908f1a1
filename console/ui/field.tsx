import type { ComponentChildren, TargetedEvent } from 'preact'

interface FieldProps {
  label: string
  hint?: string
  children: ComponentChildren
}

/** An input with its label around it. */
export function Field({ label, hint, children }: FieldProps) {
  return (
    <div class="field">
      <label>
        <span>{label}</span>
        {children}
      </label>
      {hint !== undefined && <small class="note">{hint}</small>}
    </div>
  )
}

type Valued = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

/** The text of the input that an event is of. */
export const textIn = <T extends Valued>(event: TargetedEvent<T>): string => event.currentTarget.value
