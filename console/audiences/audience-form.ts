import type { AudienceRequest, Definition, Filter, PreviewRequest } from '../../client/src/index.ts'
import { type FilterLines, filterOf } from '../search/filter-builder.ts'
import { idsOf } from '../search/search-form.ts'

/** The input of a person who orders an audience. */
export interface AudienceForm {
  name: string
  /** How the best customers are named. */
  by: 'paste' | 'file' | 'segment'
  pasted: string
  file: File | undefined
  segment: FilterLines
  /** The customers that may be in the audience. */
  filter: FilterLines
  excluded: string
  strategy: 'best_score' | 'average'
  fields: readonly string[]
  hash: readonly string[]
  /** `1d`, or empty for by hand. */
  refreshEvery: string
}

const NO_FILTER: FilterLines = { conditions: [], isAny: false }

export const NEW_AUDIENCE: AudienceForm = {
  name: '',
  by: 'paste',
  pasted: '',
  file: undefined,
  segment: NO_FILTER,
  filter: NO_FILTER,
  excluded: '',
  strategy: 'best_score',
  fields: [],
  hash: [],
  refreshEvery: '',
}

/** Where the ids come from, once they are where the API can read them. */
export type Members = string[] | { key: string }

/** The API takes so many ids in a request, and more of them in a file. */
export const MOST_INLINE = 100

export const pastedIds = (form: Pick<AudienceForm, 'pasted'>): string[] => withoutHead(idsOf(form.pasted))

/** A column that is copied from a spreadsheet often brings its head. */
function withoutHead(ids: string[]): string[] {
  return /^"?(id|user|user_id|customer|customer_id)"?$/i.test(ids[0] ?? '') ? ids.slice(1) : ids
}

/** Ids as a file of seeds. */
export function idsAsCsv(ids: readonly string[]): string {
  return ['id', ...ids.map((id) => (/[",\r\n]/.test(id) ? `"${id.replaceAll('"', '""')}"` : id))].join('\n')
}

/** Whether the form names any best customers. */
export function hasSeeds(form: AudienceForm): boolean {
  if (form.by === 'paste') return pastedIds(form).length > 0
  if (form.by === 'file') return form.file !== undefined
  return form.segment.conditions.some(({ value }) => value.trim() !== '')
}

/** Where the named customers are, once the API can read them. */
export interface Sources {
  like: Members
  exclude: Members | undefined
}

export function previewOf(
  form: AudienceForm,
  { like, exclude }: Sources,
  fields: Definition['fields'],
  users?: number,
): PreviewRequest {
  const filter: Filter | undefined = filterOf(form.filter, fields)
  return {
    like,
    strategy: form.strategy,
    ...(filter && { filter }),
    ...(exclude && { exclude }),
    ...(users !== undefined && { size: { users } }),
  }
}

export function orderOf(
  form: AudienceForm,
  sources: Sources,
  fields: Definition['fields'],
  users: number,
): AudienceRequest {
  return {
    ...previewOf(form, sources, fields),
    size: { users },
    ...(form.name.trim() !== '' && { name: form.name.trim() }),
    ...(form.fields.length > 0 && { fields: [...form.fields] }),
    ...(form.hash.length > 0 && { hash: [...form.hash] }),
    ...(form.refreshEvery !== '' && { refreshEvery: form.refreshEvery }),
  }
}
