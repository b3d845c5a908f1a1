import { Choice } from '../ui/choice.tsx'
import { textIn } from '../ui/field.tsx'
import { type Condition, type FieldInfo, type FilterLines, hintFor, operatorsOf } from './filter-builder.ts'

interface FilterEditorProps {
  /** Of this editor among those of a page. */
  name?: string
  legend?: string
  filter: FilterLines
  fields: readonly FieldInfo[]
  onChange: (filter: FilterLines) => void
}

/** Conditions on the fields of the definition, a line each. */
export function FilterEditor(props: FilterEditorProps) {
  const { name = 'filter', legend = 'Only customers that pass a filter', filter, fields, onChange } = props
  const { conditions, isAny } = filter
  const usable = fields.filter(({ filterable }) => filterable)
  const [first] = usable
  const set = (conditions: Condition[]) => onChange({ conditions, isAny })
  return (
    <fieldset class="filter">
      <legend>{legend}</legend>
      {conditions.length > 1 && (
        <Choice
          legend="Conditions"
          name={`${name}-any`}
          options={[
            ['all', 'all must hold'],
            ['any', 'one is enough'],
          ]}
          value={isAny ? 'any' : 'all'}
          onChange={(value) => onChange({ conditions, isAny: value === 'any' })}
        />
      )}
      {conditions.map((condition, i) => (
        <FilterLine
          key={i}
          number={i + 1}
          condition={condition}
          fields={usable}
          onChange={(changed) => set(conditions.with(i, changed))}
          onRemove={() => set(conditions.toSpliced(i, 1))}
        />
      ))}
      {first && (
        <button type="button" class="quiet" onClick={() => set([...conditions, newCondition(first)])}>
          Add a condition
        </button>
      )}
    </fieldset>
  )
}

function newCondition(field: FieldInfo): Condition {
  const [operator = '$eq'] = operatorsOf(field)[0] ?? []
  return { field: field.alias, operator, value: field.type === 'BOOLEAN' ? 'true' : '' }
}

interface FilterLineProps {
  number: number
  condition: Condition
  fields: readonly FieldInfo[]
  onChange: (condition: Condition) => void
  onRemove: () => void
}

function FilterLine({ number, condition, fields, onChange, onRemove }: FilterLineProps) {
  const field = fields.find(({ alias }) => alias === condition.field)
  if (field === undefined) return null
  const change = (part: Partial<Condition>) => onChange({ ...condition, ...part })
  const of = `of condition ${number}`
  return (
    <div class="filter-line">
      <select
        aria-label={`Field ${of}`}
        value={condition.field}
        onChange={(event) => {
          const chosen = fields.find(({ alias }) => alias === textIn(event))
          if (chosen) onChange(newCondition(chosen))
        }}
      >
        {fields.map(({ alias }) => (
          <option key={alias} value={alias}>
            {alias}
          </option>
        ))}
      </select>
      <select
        aria-label={`Comparison ${of}`}
        value={condition.operator}
        onChange={(event) => change({ operator: textIn(event) })}
      >
        {operatorsOf(field).map(([operator, words]) => (
          <option key={operator} value={operator}>
            {words}
          </option>
        ))}
      </select>
      {field.type === 'BOOLEAN' ? (
        <select
          aria-label={`Value ${of}`}
          value={condition.value}
          onChange={(event) => change({ value: textIn(event) })}
        >
          <option value="true">yes</option>
          <option value="false">no</option>
        </select>
      ) : (
        <input
          aria-label={`Value ${of}`}
          placeholder={hintFor(field)}
          inputMode={field.type === 'NUMERIC' ? 'decimal' : 'text'}
          value={condition.value}
          onInput={(event) => change({ value: textIn(event) })}
        />
      )}
      <button type="button" class="quiet" onClick={onRemove} aria-label={`Remove condition ${number}`}>
        Remove
      </button>
    </div>
  )
}
