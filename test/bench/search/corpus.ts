import { readFileSync } from 'node:fs'
import { type Random, seeded } from '../../support/random.ts'
import { DIMENSIONS, readers, queries as realQueries } from '../../support/readers.ts'

export interface Corpus {
  dimensions: number
  vectors: Float32Array[]
  labels: string[]
  /** How many of the vectors are real; they come first. */
  real: number
  /** None of them is stored. */
  queries: Float32Array[]
}

const labels = readFileSync(new URL('../../data/readers-2000.labels.txt', import.meta.url), 'utf8').split(
  '\n',
)

/**
 * Real embeddings as far as they go (10,000 of 384 dimensions), then real ones that were pushed about, by as much as
 * leaves recall at EF_RUNTIME 10 where it is for real ones. 1,536 dimensions are such a one and three pushed ones of it,
 * one after the other: of four that have nothing to do with each other nobody would have a near neighbour.
 */
export function makeCorpus(dimensions: 384 | 1536, users: number): Corpus {
  const random = seeded(dimensions)
  const real = realEmbeddings()
  const narrow = Array.from({ length: users }, (_, i) => real[i] ?? pushed(random.oneOf(real), random))
  const asWide = (vector: Float32Array) =>
    joined([vector, ...Array.from({ length: 3 }, () => pushed(vector, random))])
  const vectors = dimensions === 384 ? narrow : narrow.map(asWide)
  return {
    dimensions,
    vectors,
    labels: vectors.map((_, i) => labels[i % 2000] ?? ''),
    real: Math.min(users, real.length),
    queries: dimensions === 384 ? realQueries : realQueries.map(asWide),
  }
}

/** 1,536 dimensions of four real embeddings that have nothing to do with each other: nobody has a near neighbour. */
export function makeUnrelated(users: number): Corpus {
  const random = seeded(1536)
  const real = realEmbeddings()
  const four = (from: Float32Array[]) => joined(Array.from({ length: 4 }, () => random.oneOf(from)))
  const vectors = Array.from({ length: users }, () => four(real))
  const queries = realQueries.map(() => four(realQueries))
  return { dimensions: 1536, vectors, labels: vectors.map(() => ''), real: 0, queries }
}

function realEmbeddings(): Float32Array[] {
  return [...readers.map(({ vector }) => vector), ...moreReaders()]
}

/** The positions of the k nearest, by brute force. */
export function nearestOf({ vectors }: Corpus, query: Float32Array, k: number): number[] {
  const products = vectors.map((vector, i) => ({ i, product: dot(query, vector) }))
  return products
    .toSorted((a, b) => b.product - a.product)
    .slice(0, k)
    .map(({ i }) => i)
}

/** As float16: they are unit vectors of a sentence transformer all the same, in half the space. */
function moreReaders(): Float32Array[] {
  const bytes = readFileSync(new URL('../../data/more-readers-8000x384.f16', import.meta.url))
  const halves = new Float16Array(Uint8Array.from(bytes).buffer)
  return Array.from({ length: halves.length / DIMENSIONS }, (_, i) =>
    unit(Float32Array.from(halves.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS))),
  )
}

export function pushed(vector: Float32Array, random: Random): Float32Array {
  const noise = () =>
    (random.between(-1, 1) + random.between(-1, 1) + random.between(-1, 1)) / Math.sqrt(DIMENSIONS)
  return unit(vector.map((component) => component + noise()))
}

function joined(vectors: Float32Array[]): Float32Array {
  return unit(Float32Array.from(vectors.flatMap((vector) => Array.from(vector))))
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  return vector.map((component) => component / length)
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}
