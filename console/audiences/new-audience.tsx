import { useRef, useState } from 'preact/hooks'
import type { Definition, Preview } from '../../client/src/index.ts'
import { api } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { useQuery } from '../api/use-query.ts'
import { formatRoute } from '../route/hash-route.ts'
import { useGo } from '../route/use-route.ts'
import { Loaded } from '../ui/loaded.tsx'
import { Page } from '../ui/page.tsx'
import { Problem } from '../ui/problem.tsx'
import {
  type AudienceForm,
  hasSeeds,
  NEW_AUDIENCE,
  orderOf,
  previewOf,
  type Sources,
} from './audience-form.ts'
import { ChooseSize } from './choose-size.tsx'
import { FormFile } from './form-file.tsx'
import { FormMembers } from './form-members.tsx'
import { FormSeeds } from './form-seeds.tsx'
import { prepareSources } from './seed-sources.ts'
import { useHeldOut } from './use-held-out.ts'

/** From the best customers to an order: name them, look at the curve, choose a size. */
export function NewAudience() {
  const definition = useQuery('definition', (signal) => api.index.definition({ signal }))
  return (
    <Page name="New audience" intro={<a href={formatRoute(['audiences'])}>All audiences</a>}>
      <Loaded query={definition} lines={8}>
        {({ fields }) => <Steps fields={fields} />}
      </Loaded>
    </Page>
  )
}

const FIRST_SIZE = 5_000

function Steps({ fields }: { fields: Definition['fields'] }) {
  const [form, setForm] = useState<AudienceForm>(NEW_AUDIENCE)
  const [users, setUsers] = useState(FIRST_SIZE)
  // Of the form as it was when the curve was drawn. Another form needs another curve.
  const [drawn, setDrawn] = useState<{ preview: Preview; sources: Sources; previewed: number }>()
  const holdout = useHeldOut({
    ...{ form, fields, users },
    ...(drawn ?? { preview: undefined, sources: undefined, previewed: users }),
  })

  const changes = useRef(0)
  const change = (part: Partial<AudienceForm>) => {
    setForm({ ...form, ...part })
    if (Object.keys(part).every((name) => DO_NOT_MOVE_THE_CURVE.has(name))) return
    changes.current += 1
    setDrawn(undefined)
  }
  const look = useAction(async () => {
    const { signal } = new AbortController()
    const before = changes.current
    const sources = await prepareSources(form, fields, signal)
    const preview = await api.audiences.preview(previewOf(form, sources, fields, users), { signal })
    // The curve of a form that the person has changed meanwhile would be of other customers.
    if (changes.current !== before) return
    // A shop with fewer customers gets all of them at most.
    const size = Math.min(users, Math.max(1, preview.curve.at(-1)?.users ?? users))
    setUsers(size)
    setDrawn({ preview, sources, previewed: size })
  })
  const go = useGo()
  const order = useAction(async () => {
    if (drawn === undefined) return
    const { id } = await api.audiences.order(orderOf(form, drawn.sources, fields, users))
    go(['audiences', id])
  })

  return (
    <div class="stack">
      <FormSeeds form={form} fields={fields} onChange={change} />
      <FormMembers form={form} fields={fields} onChange={change} />
      {look.error !== undefined && <Problem error={look.error} />}
      {drawn === undefined ? (
        <div class="row">
          <button
            type="button"
            class="primary"
            disabled={!hasSeeds(form) || look.isBusy}
            onClick={() => void look.run()}
          >
            {look.isBusy ? 'Looking…' : 'Show how many are similar'}
          </button>
        </div>
      ) : (
        <>
          <ChooseSize preview={{ ...drawn.preview, holdout }} users={users} onChoose={setUsers} />
          <FormFile form={form} fields={fields} onChange={change} />
          {order.error !== undefined && <Problem error={order.error} />}
          <div class="row">
            <button type="button" class="primary" disabled={order.isBusy} onClick={() => void order.run()}>
              Make the file
            </button>
          </div>
        </>
      )}
    </div>
  )
}

const DO_NOT_MOVE_THE_CURVE: ReadonlySet<string> = new Set(['name', 'fields', 'hash', 'refreshEvery'])
