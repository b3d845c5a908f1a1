import { decimal } from '../text/numbers.ts'

interface SimilarityBarProps {
  similarity: number
  /** Where the bars begin. */
  from: number
}

/** A similarity as a number and a bar. */
export function SimilarityBar({ similarity, from }: SimilarityBarProps) {
  const share = from >= 1 ? 1 : Math.max(0, Math.min(1, (similarity - from) / (1 - from)))
  return (
    <span class="bar">
      <span class="number">{decimal(similarity, 4)}</span>
      <svg class="bar-drawing" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect class="bar-track" width="100" height="8" rx="2" />
        <rect class="bar-fill" width={share * 100} height="8" rx="2" />
      </svg>
    </span>
  )
}
