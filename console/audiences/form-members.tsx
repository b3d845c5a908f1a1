import { FilterEditor } from '../search/filter-editor.tsx'
import { Field, textIn } from '../ui/field.tsx'
import { Section } from '../ui/page.tsx'
import type { FormPartProps } from './form-seeds.tsx'

/** The customers that may be in the audience. All of it is optional. */
export function FormMembers({ form, fields, onChange }: FormPartProps) {
  return (
    <Section heading="2. Customers to choose from" note="Leave this empty to choose among all customers.">
      <FilterEditor
        name="members"
        filter={form.filter}
        fields={fields}
        onChange={(filter) => onChange({ filter })}
      />
      <details>
        <summary>Leave customers out, or compare in another way</summary>
        <div class="fields spaced">
          <Field label="Ids to leave out" hint="customers that bought already, or that may not be written to">
            <textarea
              rows={3}
              value={form.excluded}
              spellcheck={false}
              onInput={(event) => onChange({ excluded: textIn(event) })}
            />
          </Field>
          <Field label="Similar to" hint="The nearest is best unless your customers are all alike.">
            <select
              value={form.strategy}
              onChange={(event) =>
                onChange({ strategy: textIn(event) === 'average' ? 'average' : 'best_score' })
              }
            >
              <option value="best_score">the nearest of your customers</option>
              <option value="average">the average of your customers</option>
            </select>
          </Field>
        </div>
      </details>
    </Section>
  )
}
