import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface PageProps {
  /** The name of the view, which the window and a screen reader show. */
  name: string
  /** The heading; by default the name. */
  heading?: ComponentChildren
  intro?: ComponentChildren
  actions?: ComponentChildren
  children: ComponentChildren
}

/** A view with its heading. The heading gets the focus when the view changes, as after a page load. */
export function Page({ name, heading = name, intro, actions, children }: PageProps) {
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    const isFirst = document.title === 'Lookalike'
    document.title = `${name} – Lookalike`
    if (!isFirst) title.current?.focus({ preventScroll: true })
  }, [name])
  return (
    <>
      <div class="page-head">
        <h1 ref={title} tabIndex={-1}>
          {heading}
        </h1>
        {intro !== undefined && <p class="intro">{intro}</p>}
        {actions !== undefined && <div class="actions">{actions}</div>}
      </div>
      {children}
    </>
  )
}

interface SectionProps {
  heading: string
  note?: ComponentChildren
  wide?: boolean
  children: ComponentChildren
}

export function Section({ heading, note, wide, children }: SectionProps) {
  return (
    <section class={wide ? 'panel wide' : 'panel'}>
      <h2>{heading}</h2>
      {note !== undefined && <p class="note">{note}</p>}
      {children}
    </section>
  )
}
