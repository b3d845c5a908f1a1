import { useState } from 'preact/hooks'
import type { Search } from '../../client/src/index.ts'
import { apiBase } from '../api/client.ts'
import { Choice } from '../ui/choice.tsx'
import { Copyable } from '../ui/copyable.tsx'
import { Section } from '../ui/page.tsx'
import { asCurl, asTypeScript } from './request-text.ts'

/** The same search for a terminal and for a program. */
export function RequestSection({ request }: { request: Search }) {
  const [form, setForm] = useState<'curl' | 'ts'>('curl')
  const text = form === 'curl' ? asCurl(apiBase, request) : asTypeScript(apiBase, request)
  return (
    <Section heading="The same search from a program">
      <Choice
        legend="Language"
        name="language"
        options={[
          ['curl', 'curl'],
          ['ts', 'TypeScript'],
        ]}
        value={form}
        onChange={setForm}
      />
      <Copyable text={text} label="Request" />
    </Section>
  )
}
