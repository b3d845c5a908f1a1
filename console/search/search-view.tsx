import { Page } from '../ui/page.tsx'

export function SearchView() {
  return (
    <Page name="Search">
      <p>This view is not built yet.</p>
    </Page>
  )
}
