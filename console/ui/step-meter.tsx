import { percent } from '../text/numbers.ts'

interface StepMeterProps {
  step: { text: string; share?: number }
}

/** The present step, and how far it is. */
export function StepMeter({ step: { text, share } }: StepMeterProps) {
  return (
    <div class="step" role="status">
      <p>
        {text}
        {share === undefined ? ' …' : `, ${percent(share, 0)}`}
      </p>
      <progress aria-label={text} max={1} {...(share !== undefined && { value: share })} />
    </div>
  )
}
