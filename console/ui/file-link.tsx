import type { ComponentChildren } from 'preact'
import { failureOf } from '../api/files.ts'
import { useAction } from '../api/use-action.ts'
import { authorization, tokenOf } from '../auth/session.ts'
import { Problem } from './problem.tsx'

interface FileLinkProps {
  url: string
  class?: string
  children: ComponentChildren
}

/** A link to a file of the API. The page asks first: a browser would store the error, or show nothing. */
export function FileLink({ url, class: look = '', children }: FileLinkProps) {
  const { run, isBusy, error } = useAction(() => (tokenOf() === null ? lead(url) : store(url)))
  const click = (event: MouseEvent) => {
    event.preventDefault()
    if (!isBusy) void run()
  }
  return (
    <>
      <a class={look} href={url} download onClick={click}>
        {children}
      </a>
      {error !== undefined && <Problem error={error} />}
    </>
  )
}

/** The API leads to the file in the bucket. The browser follows, and stores the file while it arrives. */
async function lead(url: string): Promise<void> {
  const response = await fetch(url, { redirect: 'manual' })
  if (response.type !== 'opaqueredirect' && !response.ok) throw await failureOf(response)
  download(url, '')
}

/** A link cannot carry a token, so the page fetches the file and stores it. */
async function store(url: string): Promise<void> {
  const response = await fetch(url, { headers: authorization() })
  if (!response.ok) throw await failureOf(response)
  const address = URL.createObjectURL(await response.blob())
  // The API has led to the file in the bucket, which has the name and its ending.
  download(address, decodeURIComponent(response.url.split('?')[0]?.split('/').at(-1) ?? ''))
  URL.revokeObjectURL(address)
}

function download(address: string, name: string): void {
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
}
