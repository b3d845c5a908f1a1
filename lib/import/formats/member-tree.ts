import { AppError } from '../../errors.ts'

/** Where a column's value belongs in the document: names of members, and at the end perhaps a place in a list. */
export type MemberSteps = readonly (string | number)[]

/** A part of the document of a row, as JSON text; `undefined` for a part that has no value. */
export type WriteMember<Row> = (row: Row) => string | undefined

export interface Member<Row> {
  steps: MemberSteps
  write: WriteMember<Row>
  /** For messages. The header of a CSV may be a record, so a message about it must not show names. */
  label: string
}

/** As in RedisJSON, which could not store a deeper document. */
const MAX_LEVELS = 127
/** `city`, `address.city`, `vector_embedding[7]` */
const COLUMN_NAME = /^([^.[\]]+(?:\.[^.[\]]+)*)(?:\[(0|[1-9]\d{0,8})\])?$/

/** A column's name is the path of a member. A name that is no path is a member as it is. */
export function memberSteps(name: string): MemberSteps {
  const [, path, place] = COLUMN_NAME.exec(name) ?? []
  if (path === undefined) return [name]
  return place === undefined ? path.split('.') : [...path.split('.'), Number(place)]
}

/**
 * Puts members together to objects and lists. An object without any member, and a list without any element, is no
 * member itself.
 *
 * @throws AppError FILE_MALFORMED for names of which no document can be made
 */
export function objectWriter<Row>(members: readonly Member<Row>[]): WriteMember<Row> {
  const deep = members.find(({ steps }) => steps.length > MAX_LEVELS)
  if (deep !== undefined) {
    throw malformed(
      `columns of at most ${MAX_LEVELS} names with dots between, got ${deep.label} with ${deep.steps.length}`,
    )
  }
  const writers = [...Map.groupBy(members, ({ steps }) => String(steps[0]))].map(([name, group]) => ({
    label: `${JSON.stringify(name)}:`,
    write: memberWriter(group),
  }))
  return (row) => {
    let texts = ''
    for (const { label, write } of writers) {
      const text = write(row)
      if (text !== undefined) texts += `${texts === '' ? '' : ','}${label}${text}`
    }
    return texts === '' ? undefined : `{${texts}}`
  }
}

/** @param group the columns of one member: one of its own, or those of a list or of an object */
function memberWriter<Row>(group: readonly Member<Row>[]): WriteMember<Row> {
  const [first] = group
  if (first !== undefined && group.length === 1 && first.steps.length === 1) return first.write
  const inner = group.map((member) => ({ ...member, steps: member.steps.slice(1) }))
  const places = inner.map(({ steps }) => steps[0])
  if (places.every((place) => typeof place === 'string')) return objectWriter(inner)
  if (places.every((place) => typeof place === 'number')) {
    const sorted = inner.toSorted((a, b) => Number(a.steps[0]) - Number(b.steps[0]))
    if (sorted.every(({ steps }, i) => steps[0] === i)) return listWriter(sorted)
  }
  const label = group.at(-1)?.label
  throw malformed(`each column to be a member of its own, and lists without a gap; ${label} is not`)
}

function listWriter<Row>(elements: readonly Member<Row>[]): WriteMember<Row> {
  return (row) => {
    const texts = elements.flatMap(({ write }) => write(row) ?? [])
    return texts.length === 0 ? undefined : `[${texts.join(',')}]`
  }
}

function malformed(expected: string): AppError {
  return new AppError('FILE_MALFORMED', `Expected ${expected}`)
}
