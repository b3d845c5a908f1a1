import { useEffect, useRef } from 'preact/hooks'
import { api } from '../api/client.ts'
import { useQuery } from '../api/use-query.ts'
import type { Route } from '../route/hash-route.ts'
import { go } from '../route/use-route.ts'
import { countOf } from '../text/numbers.ts'
import { useAnnouncement } from '../ui/announcer.tsx'
import { focusContentIfLost } from '../ui/focus.ts'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { MapSection } from './map-section.tsx'
import { RequestSection } from './request-section.tsx'
import { ResultsSection } from './results-section.tsx'
import { formOf, queryOf, requestOf } from './search-form.ts'
import { SearchFormView } from './search-form-view.tsx'

/** Finds customers. The address holds the whole search, so a link to it shows the same answer. */
export function SearchView({ route }: { route: Route }) {
  const definition = useQuery('definition', (signal) => api.index.definition({ signal }))
  const form = formOf(route.query)
  const request = definition.data && requestOf(form, definition.data.fields)
  const key = request && JSON.stringify(request)
  const answer = useQuery(key, (signal) => {
    if (request === undefined) throw new Error('Expected a search, got none')
    return api.search(request, { signal })
  })
  const found = answer.data?.results.length
  useAnnouncement(found === undefined ? undefined : `${countOf(found, 'customer')} found`, key)
  // A search removes the form and the results, and so the button or the link that began it.
  const asked = JSON.stringify(route.query)
  const shown = useRef(asked)
  useEffect(() => {
    if (shown.current !== asked) focusContentIfLost()
    shown.current = asked
  }, [asked])
  return (
    <Page
      name="Search"
      intro="Find the customers that are most similar to one customer, to a group, or to a vector."
    >
      <Loaded query={definition} lines={5}>
        {(definition) => (
          <div class="stack">
            <SearchFormView
              key={asked}
              form={form}
              fields={definition.fields}
              onSearch={(form) => go(['search'], queryOf(form))}
            />
            {request === undefined ? (
              <p class="empty">Enter a customer above, and the most similar ones appear here.</p>
            ) : (
              <Loaded query={answer} lines={10}>
                {(answer) => (
                  <>
                    <ResultsSection
                      answer={answer}
                      fields={definition.fields}
                      hasFilter={'filter' in request}
                    />
                    <RequestSection request={request} />
                    {answer.results.length > 0 && (
                      <MapSection key={key} request={request} definition={definition} />
                    )}
                  </>
                )}
              </Loaded>
            )}
          </div>
        )}
      </Loaded>
    </Page>
  )
}
