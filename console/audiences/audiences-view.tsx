import { formatRoute, type Route } from '../route/hash-route.ts'
import { Page, Section } from '../ui/page.tsx'
import { AudiencePage } from './audience-page.tsx'
import { AudiencesTable } from './audiences-table.tsx'
import { NewAudience } from './new-audience.tsx'

export function AudiencesView({ route }: { route: Route }) {
  const [, id] = route.path
  if (id === 'new') return <NewAudience />
  if (id !== undefined) return <AudiencePage key={id} id={id} />
  return (
    <Page
      name="Audiences"
      intro="Name your best customers, choose how many customers like them you want, and get a file for a campaign."
      actions={
        <a class="button primary" href={formatRoute(['audiences', 'new'])}>
          New audience
        </a>
      }
    >
      <Section heading="Newest audiences">
        <AudiencesTable />
      </Section>
    </Page>
  )
}
