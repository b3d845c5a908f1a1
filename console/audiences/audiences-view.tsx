import { Page } from '../ui/page.tsx'

export function AudiencesView() {
  return (
    <Page name="Audiences">
      <p>This view is not built yet.</p>
    </Page>
  )
}
