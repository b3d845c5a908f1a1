import { useState } from 'preact/hooks'
import type { Search } from '../../client/src/index.ts'
import { apiTargetOf } from '../api/api-target.ts'
import { apiBase } from '../api/client.ts'
import { useQuery } from '../api/use-query.ts'
import { readConfig } from '../auth/session.ts'
import { Choice } from '../ui/choice.tsx'
import { Copyable } from '../ui/copyable.tsx'
import { Section } from '../ui/page.tsx'
import { asCurl, asTypeScript } from './request-text.ts'

/** The same search for a terminal and for a program. Without an address to show, there is none. */
export function RequestSection({ request }: { request: Search }) {
  const [form, setForm] = useState<'curl' | 'ts'>('curl')
  const target = useQuery('api-target', async () =>
    apiTargetOf(await readConfig(), { page: location.href, base: apiBase }),
  )
  if (target.data === undefined) return null
  const { url, needsProof } = target.data
  const text = form === 'curl' ? asCurl(url, request) : asTypeScript(url, request)
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
      {needsProof && (
        <p class="note">The API needs a signature (AWS SigV4) or a token with the call: add it.</p>
      )}
      <Copyable text={text} label="Request" />
    </Section>
  )
}
