import type { Definition } from '../../client/src/index.ts'
import { api } from '../api/client.ts'
import { upload } from '../api/files.ts'
import { filterOf } from '../search/filter-builder.ts'
import { idsOf } from '../search/search-form.ts'
import { InputError } from '../text/error-advice.ts'
import {
  type AudienceForm,
  idsAsCsv,
  type Members,
  MOST_INLINE,
  pastedIds,
  type Sources,
} from './audience-form.ts'

/** Searches from so many random customers find the customers of a segment: each finds up to a thousand. */
const PROBES = 10
const MOST_FOUND = 1_000

/** Puts the best customers and the exclusions where the API can read them: into the request, or into the bucket. */
export async function prepareSources(
  form: AudienceForm,
  fields: Definition['fields'],
  signal: AbortSignal,
): Promise<Sources> {
  const excluded = idsOf(form.excluded)
  const [like, exclude] = await Promise.all([
    likeOf(form, fields, signal),
    excluded.length === 0 ? undefined : asMembers(excluded, 'excluded.csv', signal),
  ])
  return { like, exclude }
}

async function likeOf(
  form: AudienceForm,
  fields: Definition['fields'],
  signal: AbortSignal,
): Promise<Members> {
  if (form.by === 'file' && form.file) return { key: await put(form.file, form.file.name, signal) }
  if (form.by === 'segment') return asMembers(await segmentIds(form, fields, signal), 'segment.csv', signal)
  return asMembers(pastedIds(form), 'pasted.csv', signal)
}

async function asMembers(ids: string[], name: string, signal: AbortSignal): Promise<Members> {
  if (ids.length <= MOST_INLINE) return ids
  return { key: await put(new Blob([idsAsCsv(ids)], { type: 'text/csv' }), name, signal) }
}

async function put(file: Blob, name: string, signal: AbortSignal): Promise<string> {
  const link = await api.imports.linkUpload({ purpose: 'seeds', name }, { signal })
  await upload(file, link, { signal, onProgress: () => {} })
  return link.key
}

/**
 * The customers that pass a filter. A search always begins somewhere, so this begins at several random customers. Up to
 * a thousand customers, a segment is whole; of a larger one, this finds a spread part.
 */
async function segmentIds(form: AudienceForm, fields: Definition['fields'], signal: AbortSignal) {
  const filter = filterOf(form.segment, fields)
  if (filter === undefined) throw new InputError('The description has no condition with a value.')
  const { users } = await api.index.sample({ signal })
  const searches = users.slice(0, PROBES).map(({ vector }) => ({ vector, filter, k: MOST_FOUND, fields: [] }))
  const answers = await api.searchBatch(searches, { signal })
  const ids = answers.flatMap((answer) => ('results' in answer ? answer.results.map(({ id }) => id) : []))
  const found = [...new Set(ids)]
  if (found.length === 0) throw new InputError('No customer is as you describe.')
  return found
}
