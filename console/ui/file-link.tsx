import type { ComponentChildren } from 'preact'
import { authorization, tokenOf } from '../auth/session.ts'

interface FileLinkProps {
  url: string
  class?: string
  children: ComponentChildren
}

/** A link to a file of the API. A link cannot carry a token, so with one the page fetches the file and stores it. */
export function FileLink({ url, class: look = '', children }: FileLinkProps) {
  const click = (event: MouseEvent) => {
    if (tokenOf() === null) return
    event.preventDefault()
    // Without an answer the browser has nothing to store, and the views show the error of their own calls.
    void store(url).catch(() => {})
  }
  return (
    <a class={look} href={url} download onClick={click}>
      {children}
    </a>
  )
}

async function store(url: string): Promise<void> {
  const response = await fetch(url, { headers: authorization() })
  if (!response.ok) return
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await response.blob())
  // The API has led to the file in the bucket, which has the name and its ending.
  link.download = decodeURIComponent(response.url.split('?')[0]?.split('/').at(-1) ?? '')
  link.click()
  URL.revokeObjectURL(link.href)
}
