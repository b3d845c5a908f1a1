import { Page } from '../ui/page.tsx'

export function IndexView() {
  return (
    <Page name="Index">
      <p>This view is not built yet.</p>
    </Page>
  )
}
