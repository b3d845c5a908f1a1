interface MeterProps {
  /** From 0 to 100. */
  percent: number
  label: string
}

export function Meter({ percent, label }: MeterProps) {
  return <progress class="meter" max={100} value={percent} aria-label={label} />
}
