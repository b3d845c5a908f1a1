import type { Definition } from '../../client/src/index.ts'
import { api } from '../api/client.ts'
import { useQuery } from '../api/use-query.ts'
import { count, percent } from '../text/numbers.ts'
import { Facts } from '../ui/facts.tsx'
import { Loaded } from '../ui/loaded.tsx'
import { Section } from '../ui/page.tsx'
import { Stored } from '../ui/stored.tsx'

/** The definition in force. */
export function DefinitionSection() {
  const definition = useQuery('definition', (signal) => api.index.definition({ signal }))
  return (
    <Section heading="Definition">
      <Loaded query={definition} lines={6}>
        {({ name, prefix, storage, fields, vector }) => (
          <>
            <Facts
              facts={[
                { name: 'Name', value: <Stored value={name} /> },
                { name: 'Keys', value: <Stored value={`${prefix}…`} />, note: `stored as ${storage}` },
                {
                  name: 'Vector',
                  value: count(vector.dimensions),
                  note: `dimensions, ${vector.type}, at ${vector.path}`,
                },
                { name: 'Compared by', value: METRICS[vector.metric], note: vector.metric },
                {
                  name: 'Built as',
                  value: vector.algorithm,
                  note:
                    vector.algorithm === 'HNSW'
                      ? `m ${vector.m}, efConstruction ${vector.efConstruction}`
                      : 'exact',
                },
                { name: 'Recall goal', value: percent(vector.recallTarget) },
              ]}
            />
            <FieldsTable fields={fields} />
          </>
        )}
      </Loaded>
    </Section>
  )
}

const METRICS = { COSINE: 'Direction', L2: 'Distance', IP: 'Product' }

function FieldsTable({ fields }: Pick<Definition, 'fields'>) {
  if (fields.length === 0) return <p class="empty">The definition has no field but the vector.</p>
  return (
    <table class="plain">
      <caption class="hidden">Fields of the definition</caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Place in a record</th>
          <th scope="col">Type</th>
          <th scope="col">In answers</th>
          <th scope="col">In filters</th>
        </tr>
      </thead>
      <tbody>
        {fields.map(({ alias, path, type, separator, returned, filterable }) => (
          <tr key={alias}>
            <th scope="row">
              <Stored value={alias} />
            </th>
            <td>
              <code>
                <Stored value={path} />
              </code>
            </td>
            <td>{type === 'TAG' ? `${type}, values with ${separator} between them` : type}</td>
            <td>{returned ? 'yes' : 'no, private'}</td>
            <td>{filterable ? 'yes' : 'no'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
