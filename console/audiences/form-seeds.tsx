import type { Definition } from '../../client/src/index.ts'
import { FilterEditor } from '../search/filter-editor.tsx'
import { countOf } from '../text/numbers.ts'
import { Choice } from '../ui/choice.tsx'
import { Field, textIn } from '../ui/field.tsx'
import { Section } from '../ui/page.tsx'
import { type AudienceForm, pastedIds } from './audience-form.ts'

export interface FormPartProps {
  form: AudienceForm
  fields: Definition['fields']
  onChange: (part: Partial<AudienceForm>) => void
}

const WAYS = [
  ['paste', 'Paste ids'],
  ['file', 'Choose a file'],
  ['segment', 'Describe them'],
] as const

/** The best customers: pasted ids, a file of ids, or a filter. */
export function FormSeeds({ form, fields, onChange }: FormPartProps) {
  const given = pastedIds(form).length
  return (
    <Section
      heading="1. Your best customers"
      note="The audience becomes customers like these. They are not in it themselves."
    >
      <Choice
        legend="How you name them"
        name="seeds-by"
        options={WAYS}
        value={form.by}
        onChange={(by) => onChange({ by })}
      />
      {form.by === 'paste' && (
        <Field
          label="Ids of customers"
          hint={`${countOf(given, 'customer')}. One on each line, or with commas.`}
        >
          <textarea
            rows={5}
            value={form.pasted}
            spellcheck={false}
            onInput={(event) => onChange({ pasted: textIn(event) })}
          />
        </Field>
      )}
      {form.by === 'file' && (
        <Field
          label="File of ids"
          hint="CSV with a column id, NDJSON, JSON or Parquet; up to 500,000 customers"
        >
          <input type="file" onChange={(event) => onChange({ file: event.currentTarget.files?.[0] })} />
        </Field>
      )}
      {form.by === 'segment' && (
        <>
          <p class="note">
            All customers that pass these conditions; of more than a thousand, a spread part.
          </p>
          <FilterEditor
            name="segment"
            legend="Customers that pass all this"
            filter={form.segment}
            fields={fields}
            onChange={(segment) => onChange({ segment })}
          />
        </>
      )}
    </Section>
  )
}
