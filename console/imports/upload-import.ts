import type { Import } from '../../client/src/index.ts'
import { api } from '../api/client.ts'
import { upload } from '../api/files.ts'

const POLL_MS = 500
/** The event of the bucket starts the dry run. If it is lost, this starts it. */
const EVENT_MS = 20_000

export interface Step {
  /** The present step, for the person who waits. */
  text: string
  /** 0 to 1, or undefined while it cannot be known. */
  share?: number
}

/** Uploads a file so that it is only checked, and returns the dry run once it has begun. */
export async function checkFile(
  file: File,
  signal: AbortSignal,
  onStep: (step: Step) => void,
): Promise<Import> {
  onStep({ text: `Uploading ${file.name}`, share: 0 })
  const link = await api.imports.linkUpload({ purpose: 'import', name: file.name, dryRun: true }, { signal })
  await upload(file, link, {
    signal,
    onProgress: (share) => onStep({ text: `Uploading ${file.name}`, share }),
  })
  onStep({ text: 'The file is in the bucket. The check begins' })
  const since = Date.now()
  let isAsked = false
  for (;;) {
    const found = (await api.imports.list({ signal })).find(({ key, dryRun }) => key === link.key && dryRun)
    if (found) return found
    if (!isAsked && Date.now() - since > EVENT_MS) {
      await api.imports.start({ key: link.key, dryRun: true }, { signal })
      isAsked = true
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    signal.throwIfAborted()
  }
}
