import { useState } from 'preact/hooks'
import { Choice } from '../ui/choice.tsx'
import { Field, textIn } from '../ui/field.tsx'
import type { FieldInfo } from './filter-builder.ts'
import { FilterEditor } from './filter-editor.tsx'
import type { SearchForm } from './search-form.ts'

const KINDS = [
  ['user', 'Customer'],
  ['group', 'Group'],
  ['vector', 'Vector'],
] as const

const STRATEGIES = [
  ['average', 'the average of the group'],
  ['best_score', 'the nearest of the group'],
] as const

const MOST_RESULTS = 1_000

interface SearchFormProps {
  form: SearchForm
  fields: readonly FieldInfo[]
  onSearch: (form: SearchForm) => void
}

export function SearchFormView({ form: asked, fields, onSearch }: SearchFormProps) {
  const [form, setForm] = useState(asked)
  const change = (part: Partial<SearchForm>) => setForm({ ...form, ...part })
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault()
        onSearch(form)
      }}
    >
      <Choice
        legend="Search by"
        name="by"
        options={KINDS}
        value={form.by}
        onChange={(by) => change({ by })}
      />
      <div class="fields">
        {form.by === 'user' && (
          <Field label="Customer’s id">
            <input
              value={form.user}
              onInput={(event) => change({ user: textIn(event) })}
              required
              spellcheck={false}
            />
          </Field>
        )}
        {form.by === 'vector' && (
          <Field label="Vector" hint="numbers with commas, or base64 of float32">
            <textarea
              rows={2}
              value={form.vector}
              onInput={(event) => change({ vector: textIn(event) })}
              required
            />
          </Field>
        )}
        {form.by === 'group' && (
          <>
            <Field label="Similar to these ids" hint="up to 100, with commas or on lines of their own">
              <textarea
                rows={3}
                value={form.like}
                onInput={(event) => change({ like: textIn(event) })}
                required
              />
            </Field>
            <Field label="Not similar to these ids" hint="optional">
              <textarea rows={3} value={form.unlike} onInput={(event) => change({ unlike: textIn(event) })} />
            </Field>
            <Field label="Compare with">
              <select
                value={form.strategy}
                onChange={(event) =>
                  change({ strategy: textIn(event) === 'best_score' ? 'best_score' : 'average' })
                }
              >
                {STRATEGIES.map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </select>
            </Field>
          </>
        )}
        <Field label="How many">
          <input
            type="number"
            min={1}
            max={MOST_RESULTS}
            value={form.k}
            onInput={(event) => change({ k: Number(textIn(event)) })}
          />
        </Field>
      </div>
      {fields.some(({ filterable }) => filterable) && (
        <FilterEditor filter={form.filter} fields={fields} onChange={(filter) => change({ filter })} />
      )}
      <div class="row">
        <button type="submit" class="primary">
          Search
        </button>
        <label class="check">
          <input
            type="checkbox"
            checked={form.isExact}
            onChange={(event) => change({ isExact: event.currentTarget.checked })}
          />
          Compare with every customer
        </label>
      </div>
    </form>
  )
}
