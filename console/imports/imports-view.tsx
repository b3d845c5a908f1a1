import type { Route } from '../route/hash-route.ts'
import { Page, Section } from '../ui/page.tsx'
import { DropFile } from './drop-file.tsx'
import { ImportPage } from './import-page.tsx'
import { ImportsTable } from './imports-table.tsx'

export function ImportsView({ route }: { route: Route }) {
  const [, id] = route.path
  if (id !== undefined) return <ImportPage key={id} id={id} />
  return (
    <Page
      name="Imports"
      intro="Drop a file of customers. It is checked first; nothing is written until you have seen the result."
    >
      <div class="stack">
        <DropFile />
        <Section heading="Newest imports">
          <ImportsTable />
        </Section>
      </div>
    </Page>
  )
}
