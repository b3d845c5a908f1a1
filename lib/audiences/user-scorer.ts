import type { DistanceMetric } from '../vector.ts'
import type { Prepared } from './prepared.ts'
import { type Nearest, nearestRows } from './scoring/nearest-rows.ts'
import { plainNearest } from './scoring/plain-nearest.ts'
import type { Numbers } from './scoring/similarity.ts'
import { selectRows } from './scoring/vector-table.ts'

export interface Score {
  similarity: number
  /** The number of the nearest seed. */
  nearest: number
  /** The similarity to the seeds that the hold-out leaves. */
  kept: number
  isUnliked: boolean
}

export interface UserScorer {
  score(vectors: readonly Numbers[]): Score[]
  /** The similarity again, by plain code; -Infinity for a user that is nearer to a member of `unlike`. */
  plain(vector: Numbers): number
}

/** Scores users by the strategy `best_score`: the nearest seed decides. */
export function bestScorer(metric: DistanceMetric, { like, unlike, held }: Prepared): UserScorer {
  const isHeld = new Set(held)
  const kept = Array.from({ length: like.count }, (_, i) => i).filter((i) => !isHeld.has(i))
  const order = [...kept, ...held]
  const likes = nearestRows(metric, like, order)
  const unlikes = unlike.count === 0 ? undefined : nearestRows(metric, unlike)
  const [plainLike, plainUnlike] = [plainNearest(metric, like), plainNearest(metric, unlike)]
  const inOrder = ({ row, similarity }: Nearest) => ({ row: order[row] ?? 0, similarity })

  return {
    score(vectors) {
      const byKept = likes.find(vectors, 0, kept.length)
      const byHeld = held.length === 0 ? [] : likes.find(vectors, kept.length)
      const byUnlike = unlikes?.find(vectors) ?? []
      return byKept.map((nearest, i) => {
        const best = nearerOf(inOrder(nearest), byHeld[i] && inOrder(byHeld[i]))
        const isUnliked = (byUnlike[i]?.similarity ?? Number.NEGATIVE_INFINITY) > best.similarity
        return {
          similarity: Math.fround(best.similarity),
          nearest: best.row,
          kept: Math.fround(nearest.similarity),
          isUnliked,
        }
      })
    },
    plain(vector) {
      const best = plainLike(vector)
      return plainUnlike(vector) > best ? Number.NEGATIVE_INFINITY : best
    },
  }
}

/** Scores users by the strategy `average`: the similarity to the mean of the seeds. */
export function averageScorer(metric: DistanceMetric, { like }: Prepared): UserScorer {
  const rows = nearestRows(metric, like)
  return {
    score(vectors) {
      const byAll = rows.find(vectors, 0, 1)
      const byKept = like.count > 1 ? rows.find(vectors, 1, 2) : byAll
      return byAll.map(({ similarity }, i) => ({
        similarity: Math.fround(similarity),
        nearest: 0,
        kept: Math.fround(byKept[i]?.similarity ?? similarity),
        isUnliked: false,
      }))
    },
    plain: plainNearest(metric, selectRows(like, [0])),
  }
}

/** Of equally near seeds the first, whether or not it is left out for the hold-out. */
function nearerOf(one: Nearest, other: Nearest | undefined): Nearest {
  if (other === undefined || one.similarity > other.similarity) return one
  if (one.similarity < other.similarity) return other
  return one.row < other.row ? one : other
}
