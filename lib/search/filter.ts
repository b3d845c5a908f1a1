import type { FieldDefinition, IndexDefinition } from '../definition.ts'
import { AppError, show } from '../errors.ts'
import { fieldTypeOf } from '../fields/field-types.ts'
import {
  expectList,
  type FilterParams,
  intersection,
  invalid,
  not,
  type QueryNode,
  union,
} from '../fields/query-node.ts'
import { didYouMeanField } from './did-you-mean.ts'
import { toQueryText } from './query-text.ts'

/**
 * A filter as RediSearch takes it. The text contains only declared aliases and names such as `$p0`; the values are apart.
 * It is for a KNN. Any other FT.SEARCH needs VERBATIM, since it stems words: `run` would match `running`.
 */
export interface Filter {
  text: string
  params: Record<string, string | Buffer>
  /** The faults that an answer by the filter may have. */
  warnings: readonly string[]
}

export const MATCH_ALL: Filter = { text: '*', params: {}, warnings: [] }

const MAX_DEPTH = 8
const MAX_VALUES = 256
/** A word beyond ASCII has up to some hundred spellings, each of which RediSearch looks up. */
const MAX_TERMS = 4096

/**
 * Compiles `{"labels": {"$in": ["kids", "road"]}, "$not": {"age": {"$lt": 18}}}`.
 *
 * A value never becomes query text, so none can inject (concatenation is how CVE-2026-27022 happened). A filter that matches all users by accident is refused: an empty filter, an empty list, an empty tag.
 *
 * @throws AppError FILTER_INVALID or FIELD_UNKNOWN, with the path of what is wrong
 */
export function compileFilter(definition: IndexDefinition, filter: unknown): Filter {
  // A field that is not filterable is answered as if it were not there.
  const fields = definition.fields.filter(({ filterable }) => filterable)
  const params: Filter['params'] = {}
  const warnings = new Set<string>()
  let values = 0
  let count = 0

  function bind(value: string | Buffer): string {
    const name = `p${count++}`
    params[name] = value
    return `$${name}`
  }

  const filterParams: FilterParams = {
    value(value, path) {
      const [name = ''] = filterParams.spellings([value], path)
      return name
    },
    spellings(terms, path) {
      if (++values > MAX_VALUES) throw invalid(path, `Expected at most ${MAX_VALUES} values in a filter`)
      if (count + terms.length > MAX_TERMS)
        throw invalid(path, 'Expected fewer words beyond ASCII in a filter')
      return terms.map(bind)
    },
    warn: (warning) => warnings.add(warning),
  }

  function compile(node: unknown, path: string, depth: number): QueryNode {
    if (depth > MAX_DEPTH) throw invalid(path, `Expected at most ${MAX_DEPTH} levels`)
    const members = Object.entries(expectObject(node, path))
    if (members.length === 0) throw invalid(path, 'Expected at least one condition, got an empty filter')
    return intersection(members.map(([name, value]) => compileMember(name, value, `${path}.${name}`, depth)))
  }

  function compileMember(name: string, value: unknown, path: string, depth: number): QueryNode {
    if (name === '$not') return not(compile(value, path, depth + 1))
    if (name === '$and' || name === '$or') {
      const parts = expectList(value, path).map((part, i) => compile(part, `${path}[${i}]`, depth + 1))
      return name === '$and' ? intersection(parts) : union(parts)
    }
    const field = fields.find(({ alias }) => alias === name)
    if (field === undefined) {
      const known = fields.map(({ alias }) => alias).join(', ')
      const hint = didYouMeanField(name, fields)
      const message = `Expected one of ${known} or $and, $or, $not, got ${show(name)}${hint}`
      throw new AppError('FIELD_UNKNOWN', `${message} at ${path}`, { problems: [{ path, message }] })
    }
    return intersection(
      conditions(value, path).map(([operator, operand]) =>
        compileCondition(field, operator, operand, path, filterParams),
      ),
    )
  }

  const text = toQueryText(compile(filter, 'filter', 1))
  return { text, params, warnings: [...warnings] }
}

/** One operator of one field as query text. */
function compileCondition(
  field: FieldDefinition,
  operator: string,
  operand: unknown,
  fieldPath: string,
  params: FilterParams,
): QueryNode {
  const path = operator === '$eq' ? fieldPath : `${fieldPath}.${operator}`
  const { operators } = fieldTypeOf(field)
  // Own members only: `toString` is no operator.
  const compile = Object.hasOwn(operators, operator) ? operators[operator] : undefined
  if (compile !== undefined) return compile(field, operand, path, params)
  const known = Object.keys(operators).join(', ')
  throw invalid(path, `Expected one of ${known} for a ${field.type} field, got ${show(operator)}`)
}

/** A bare value means `$eq`. */
function conditions(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [['$eq', value]]
  const operators = Object.entries(value)
  if (operators.length === 0) throw invalid(path, 'Expected at least one operator, got none')
  return operators
}

function expectObject(value: unknown, path: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw invalid(path, `Expected an object of conditions, got ${show(value)}`)
}
