import type { IndexDefinition } from '../definition.ts'
import { show } from '../errors.ts'
import { fieldTypeOf } from '../fields/field-types.ts'
import { isObject, member, pathSteps, valueAt } from '../storage/json-path.ts'
import type { ImportReport } from './import-report-schema.ts'

/** How many records of a window have each declared field. */
export interface FieldTally {
  /** For each declared field, how many users lack it. */
  missing: number[]
  /** For each declared field, what filters do not find in it, and how many users have that. */
  doubts: Map<string, number>[]
  /** Names that are nearly a declared one, each with the declared one. */
  nearMisses: Map<string, string>
}

/** A name of the definition, or of a record's own members such as `deleted`. */
interface Name {
  name: string
  inner: Map<string, Name>
}

/** Members that mean something in every record. */
const OWN = ['id', 'user', 'deleted']
const MAX_NEAR_MISSES = 20

/** Makes what counts the members of records that the definition asks for, and notes names that were meant as theirs. */
export function fieldTallies(definition: IndexDefinition) {
  const fields = definition.fields.map((field) => ({
    steps: pathSteps(field.path),
    type: fieldTypeOf(field),
  }))
  const names = nameTree([
    ...OWN.map((name) => [name]),
    ...fields.map(({ steps }) => steps),
    pathSteps(definition.vector.path),
  ])
  const folded = new Map<string, string>()

  /** Folding costs more than looking it up; a file has the same few names in every record. */
  function fold(name: string): string {
    const known = folded.get(name)
    if (known !== undefined) return known
    const text = foldName(name)
    if (folded.size < 10_000) folded.set(name, text)
    return text
  }

  function noteNearMisses(
    value: object,
    known: Map<string, Name>,
    path: string,
    declared: string,
    tally: FieldTally,
  ) {
    for (const key of Object.keys(value)) {
      const near = known.get(fold(key))
      if (near === undefined) continue
      const [here, meant] = [`${path}${key}`, `${declared}${near.name}`]
      const inner = member(value, key)
      if (near.inner.size > 0 && isObject(inner))
        noteNearMisses(inner, near.inner, `${here}.`, `${meant}.`, tally)
      else if (here !== meant && tally.nearMisses.size < MAX_NEAR_MISSES) tally.nearMisses.set(here, meant)
    }
  }

  return {
    start: (): FieldTally => ({
      missing: fields.map(() => 0),
      doubts: fields.map(() => new Map()),
      nearMisses: new Map(),
    }),

    /** @param value a record, whatever became of it */
    see(tally: FieldTally, value: object, isUser: boolean): void {
      noteNearMisses(value, names, '', '', tally)
      if (!isUser) return
      fields.forEach(({ steps, type }, i) => {
        const given = valueAt(value, steps)
        if (given === undefined || given === null) tally.missing[i] = (tally.missing[i] ?? 0) + 1
        else for (const doubt of type.doubts(given)) count(tally.doubts[i], doubt)
      })
    },
  }
}

/** Adds the tally of a window to the report's fields, in place. */
export function addTally(fields: ImportReport['fields'], tally: FieldTally): void {
  for (const [i, field] of fields.entries()) {
    field.missing += tally.missing[i] ?? 0
    for (const [reason, users] of tally.doubts[i] ?? []) {
      const known = field.doubts.find((doubt) => doubt.reason === reason)
      if (known === undefined) field.doubts.push({ reason, users })
      else known.users += users
    }
  }
}

function count(counts: Map<string, number> | undefined, name: string): void {
  counts?.set(name, (counts.get(name) ?? 0) + 1)
}

export function nearMissWarning(name: string, declared: string): string {
  return `The file has the member ${show(name)}, which no index reads: was ${show(declared)} meant?`
}

function nameTree(paths: readonly (readonly string[])[]): Map<string, Name> {
  const tree = new Map<string, Name>()
  for (const path of paths) {
    let level = tree
    for (const name of path) {
      const node = level.get(foldName(name)) ?? { name, inner: new Map<string, Name>() }
      level.set(foldName(name), node)
      level = node.inner
    }
  }
  return tree
}

/** Without what people and tools change in a name: case, blanks, hyphens, underscores. */
function foldName(name: string): string {
  return name
    .slice(0, 256)
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, '')
}
