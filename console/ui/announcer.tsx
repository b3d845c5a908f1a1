import { useEffect, useRef } from 'preact/hooks'

const ID = 'announcer'
/** A screen reader needs a moment between two texts, or the same text again would be no change. */
const PAUSE_MS = 100

/** Where a screen reader hears what has changed. It stays on the page: a new one would not be read. */
export function Announcer() {
  return <div id={ID} class="hidden" role="status" />
}

/** Announces the text when it, or what it is about, changes. */
export function useAnnouncement(text: string | undefined, about = ''): void {
  useEffect(() => {
    const announcer = document.getElementById(ID)
    if (announcer === null) return
    announcer.textContent = ''
    if (text === undefined) return
    const timer = setTimeout(() => {
      announcer.textContent = text
    }, PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, about])
}

/** Announces the end of a run that the person has seen running. */
export function useEndAnnouncement(isRunning: boolean | undefined, sentence: string): void {
  const wasRunning = useRef(false)
  if (isRunning === true) wasRunning.current = true
  useAnnouncement(isRunning === false && wasRunning.current ? sentence : undefined)
}
