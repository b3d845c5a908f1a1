import { useEffect, useState } from 'preact/hooks'
import type { Definition, Preview } from '../../client/src/index.ts'
import { api } from '../api/client.ts'
import { type AudienceForm, previewOf, type Sources } from './audience-form.ts'

/** A person moves the handle for a while. */
const REST_MS = 800

interface Asked {
  form: AudienceForm
  fields: Definition['fields']
  sources: Sources | undefined
  preview: Preview | undefined
  /** The size that the preview was asked for. */
  previewed: number
  users: number
}

/** The hold-out depends on the size, and the curve does not. So this asks again when the size rests. */
export function useHeldOut({ form, fields, sources, preview, previewed, users }: Asked): Preview['holdout'] {
  const [found, setFound] = useState<{
    preview: Preview | undefined
    users: number
    holdout: Preview['holdout']
  }>()
  useEffect(() => {
    if (preview === undefined || sources === undefined || users === previewed) return
    const stop = new AbortController()
    const timer = setTimeout(() => {
      api.audiences.preview(previewOf(form, sources, fields, users), { signal: stop.signal }).then(
        ({ holdout }) => setFound({ preview, users, holdout }),
        // The order itself shows what is wrong.
        () => setFound(undefined),
      )
    }, REST_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [users, preview])
  if (users === previewed) return preview?.holdout ?? null
  return found?.preview === preview && found?.users === users ? found.holdout : null
}
