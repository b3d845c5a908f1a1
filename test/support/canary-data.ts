import { toBytes } from '../../lib/vector.ts'
import { httpEvent } from './http-event.ts'
import { canary } from './leaks.ts'

const user = { descr: canary.text, labels: canary.tag, vector_embedding: canary.vector }

/** A file of users that are taken, and of records that are wrong in every way; all of them hold canaries. */
export const canaryFile = [
  ...Array.from({ length: 600 }, (_, i) => JSON.stringify({ id: `good-${i}`, ...user })),
  JSON.stringify({ id: 'short', ...user, vector_embedding: canary.vector.slice(1) }),
  JSON.stringify({ id: 'text', ...user, vector_embedding: canary.vector.map(String) }),
  JSON.stringify({ id: 'number', ...user, vector_embedding: canary.vector[0] }),
  JSON.stringify({ id: 'field', ...user, labels: { text: canary.tag } }),
  JSON.stringify({ id: { text: canary.text }, ...user }),
  JSON.stringify({ id: 'deep', ...user, deep: nested(130) }),
  JSON.stringify({ id: 'half', ...user, more: 'X' }).replace('"X"', '"\\ud800 canary"'),
  `{"id":"huge","descr":"${canary.text}","vector_embedding":[${canary.vector}],"more":1e400}`,
  JSON.stringify([canary.text]),
  `"${canary.text}"`,
  `{"id":"broken","descr":"${canary.text}"`,
  `{"id":"cut","descr":"${canary.text}`,
].join('\n')

function nested(levels: number): unknown {
  return levels === 0 ? canary.text : [nested(levels - 1)]
}

const searches: object[] = [
  { vector: canary.vector },
  { vector: toBytes(Float32Array.from(canary.vector), 'FLOAT32').toString('base64') },
  { vector: canary.vector, filter: { labels: canary.tag, descr: { $text: canary.text } }, fields: ['descr'] },
  { user: 'good-1', includeVector: true },
  { vector: canary.vector.slice(1) },
  { vector: canary.vector.map(String) },
  { vector: canary.text },
  { user: canary.text },
  { vector: canary.vector, k: canary.text },
  { vector: canary.vector, filter: { labels: { $canary: canary.tag } } },
  { vector: canary.vector, filter: { canary: canary.tag } },
  { vector: canary.vector, fields: [canary.tag] },
  { vector: canary.vector, canary: canary.text },
]

/** Searches that are answered, and such as are refused for every reason. */
export const canarySearches = [
  ...searches.map((body) => httpEvent('POST /search', { body: JSON.stringify(body) })),
  httpEvent('POST /search', { body: `{"vector":[${canary.vector}` }),
  httpEvent('GET /users/{id}/similar', {
    pathParameters: { id: canary.text },
    queryStringParameters: { labels: canary.tag },
  }),
  httpEvent('GET /nowhere', { body: canary.text }),
]
