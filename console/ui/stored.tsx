import { piecesOf, textOf } from '../text/safe-text.ts'

/** A stored value. Its own direction of writing stays inside, and characters that could deceive are shown as escapes. */
export function Stored({ value }: { value: unknown }) {
  return (
    <bdi>
      {piecesOf(textOf(value)).map(({ text, isEscape }) =>
        isEscape ? <span class="escape">{text}</span> : text,
      )}
    </bdi>
  )
}
