import { Page } from '../ui/page.tsx'

export function ImportsView() {
  return (
    <Page name="Imports">
      <p>This view is not built yet.</p>
    </Page>
  )
}
