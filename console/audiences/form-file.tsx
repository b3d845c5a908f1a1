import { Field, textIn } from '../ui/field.tsx'
import { Section } from '../ui/page.tsx'
import { Stored } from '../ui/stored.tsx'
import type { FormPartProps } from './form-seeds.tsx'

const REFRESHES = [
  ['', 'when you say so'],
  ['1d', 'every day'],
  ['1w', 'every week'],
] as const

/** The name of the file, and its columns next to the id. */
export function FormFile({ form, fields, onChange }: FormPartProps) {
  const shown = fields.filter(({ returned }) => returned)
  return (
    <Section heading="4. The file" note="A CSV, which Excel and campaign tools open: best customer first.">
      <div class="fields">
        <Field label="Name" hint="to find it again">
          <input value={form.name} maxLength={100} onInput={(event) => onChange({ name: textIn(event) })} />
        </Field>
        <Field label="Made again" hint="with the customers of then; you see which entered and left">
          <select value={form.refreshEvery} onChange={(event) => onChange({ refreshEvery: textIn(event) })}>
            {REFRESHES.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </Field>
      </div>
      {shown.length > 0 && (
        <fieldset>
          <legend>Columns next to the id</legend>
          <div class="row">
            {shown.map(({ alias }) => (
              <label key={alias} class="check">
                <input
                  type="checkbox"
                  checked={form.fields.includes(alias)}
                  onChange={() => onChange({ fields: toggled(form.fields, alias) })}
                />
                <Stored value={alias} />
              </label>
            ))}
          </div>
        </fieldset>
      )}
      {shown.length > 0 && (
        <details>
          <summary>Columns as SHA-256, which ad platforms take</summary>
          <div class="row spaced">
            {shown.map(({ alias }) => (
              <label key={alias} class="check">
                <input
                  type="checkbox"
                  checked={form.hash.includes(alias)}
                  onChange={() => onChange({ hash: toggled(form.hash, alias) })}
                />
                <span>
                  SHA-256 of <Stored value={alias} />
                </span>
              </label>
            ))}
          </div>
        </details>
      )}
    </Section>
  )
}

function toggled(names: readonly string[], name: string): string[] {
  return names.includes(name) ? names.filter((one) => one !== name) : [...names, name]
}
