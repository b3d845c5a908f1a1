import type { IndexStatus } from '../../client/src/index.ts'
import { api } from '../api/client.ts'
import { useQuery } from '../api/use-query.ts'
import { ago, bytes, count, countOf, percent } from '../text/numbers.ts'
import { type Fact, Facts } from '../ui/facts.tsx'
import { Meter } from '../ui/meter.tsx'
import { StateMark } from '../ui/state-mark.tsx'

/** The figures of the index, and how far a running change of it is. */
export function IndexFacts({ status }: { status: IndexStatus }) {
  const { documents, searchable, state, percentIndexed, server, definitionHash, migration } = status
  // The check reads the memory every 15 minutes. Before the first check, the plan of a change has it.
  const plan = useQuery(status.check === null ? 'plan' : undefined, (signal) => api.index.plan({ signal }))
  const memory = status.check?.memory ?? plan.data?.memory
  const facts: Fact[] = [
    { name: 'Customers', value: count(documents), note: searchableNote(documents, searchable) },
    {
      name: 'Index',
      value: <StateMark state={state} />,
      note: percentIndexed < 100 ? `${percent(percentIndexed / 100, 0)} built` : `version ${definitionHash}`,
    },
    { name: 'Recall', ...recallFact(status) },
    memory === undefined
      ? { name: 'Memory', value: bytes(status.memory), note: 'of the index alone' }
      : {
          name: 'Memory',
          value: bytes(memory.used),
          note: (
            <>
              <Meter percent={(memory.used / memory.limit) * 100} label="Memory in use" />
              of {bytes(memory.limit)}
            </>
          ),
        },
    { name: 'Server', value: server.kind, note: `version ${server.redis}` },
    { name: 'Last check', ...checkFact(status) },
  ]
  return (
    <>
      <Facts facts={facts} />
      {migration && (
        <div class="notice busy" role="status">
          <p class="notice-title">
            A new index is being built, {percent(migration.percentIndexed / 100, 0)} done
          </p>
          <Meter percent={migration.percentIndexed} label="Progress of the new index" />
          <p>
            {countOf(migration.documents, 'customer')} are in it. Searches use the present index until it is
            proven.
          </p>
        </div>
      )}
    </>
  )
}

function searchableNote(documents: number, searchable: number | null): string {
  if (searchable === null) return 'too many to count what is searchable'
  return searchable === documents ? 'all can be found' : `${count(searchable)} can be found`
}

function checkFact({ check }: IndexStatus): Pick<Fact, 'value' | 'note'> {
  if (check === null) return { value: '–', note: 'it runs every 15 minutes' }
  const found = check.problems.length
  return {
    value: ago(check.at),
    note: found === 0 ? 'it found no problem' : `it found ${countOf(found, 'problem')}`,
  }
}

function recallFact({ recall }: IndexStatus): Pick<Fact, 'value' | 'note'> {
  const point = recall?.curve[0]
  if (!recall || !point) return { value: '–', note: 'not measured yet' }
  const note = `of the ${point.k} nearest are found; goal ${percent(recall.target)}`
  return { value: percent(point.single.measured), note }
}
