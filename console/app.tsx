import type { ComponentType } from 'preact'
import { AudiencesView } from './audiences/audiences-view.tsx'
import { ImportsView } from './imports/imports-view.tsx'
import { IndexView } from './index/index-view.tsx'
import { OverviewView } from './overview/overview-view.tsx'
import type { Route } from './route/hash-route.ts'
import { useRoute } from './route/use-route.ts'
import { SearchView } from './search/search-view.tsx'
import { Announcer } from './ui/announcer.tsx'
import { Navigation } from './ui/navigation.tsx'

const VIEWS: Readonly<Record<string, ComponentType<{ route: Route }>>> = {
  overview: OverviewView,
  search: SearchView,
  imports: ImportsView,
  audiences: AudiencesView,
  index: IndexView,
}

/** The frame of every view: the navigation, and the view that the address names. */
export function App() {
  const route = useRoute()
  const [name = 'overview'] = route.path
  const View = VIEWS[name] ?? OverviewView
  return (
    <div class="frame">
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <Navigation current={name} />
      <main id="main" tabIndex={-1}>
        <Announcer />
        <View route={route} />
      </main>
    </div>
  )
}
