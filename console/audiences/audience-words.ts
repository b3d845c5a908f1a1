import type { Audience, AudienceCertificate, AudienceHoldout, AudienceSeeds } from '../../client/src/index.ts'
import { count, countOf } from '../text/numbers.ts'

/** The hold-out for a person who does not know the word. */
export function holdoutWords({ seeds, found, expectedByChance, lift }: AudienceHoldout): string {
  if (seeds === 0) return 'There were too few of your customers to try this.'
  const tried = `We hid ${countOf(seeds, 'of your customers', 'of your customers')} and looked for customers like the others.`
  const chance = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 }).format(expectedByChance)
  const result = `${count(found)} of the hidden ones were found; by chance it would be ${chance}.`
  if (lift === null) return `${tried} ${result}`
  // An audience of most customers has most of the hidden ones, whatever they are like.
  const isMost = expectedByChance > seeds / 2
  const worth = isMost ? 'An audience of so many customers has most of them anyway.' : liftWords(lift)
  return `${tried} ${result} ${worth}`
}

function liftWords(lift: number): string {
  if (lift < 1.2)
    return 'That is no better than chance: these customers have little in common that the vectors show.'
  const times = new Intl.NumberFormat(undefined, { maximumFractionDigits: lift < 10 ? 1 : 0 }).format(lift)
  return `That is ${times} times better than chance.`
}

export function certificateWords({ sampled, missed, missedAtMost }: AudienceCertificate): string {
  const checked = `${countOf(sampled, 'random customer was', 'random customers were')} compared again by a second method.`
  const result =
    missed === 0
      ? 'None of them is missing from the file.'
      : `${countOf(missed, 'of them belongs', 'of them belong')} into the file and ${missed === 1 ? 'is' : 'are'} missing.`
  return `${checked} ${result} With 95 % confidence, at most ${countOf(Math.ceil(missedAtMost), 'customer')} of all were missed.`
}

/** How many of the named customers could be used, and why the others could not. */
export function seedWords({
  given,
  used,
  missing,
  unsearchable,
  doubled,
  unreadable,
  scatter,
}: AudienceSeeds): string[] {
  const lost: readonly (readonly [number, string])[] = [
    [missing, 'not known here'],
    [unsearchable, 'without a usable vector'],
    [doubled, 'named twice'],
    [unreadable, 'without an id'],
  ]
  const parts = lost.filter(([number]) => number > 0).map(([number, words]) => `${count(number)} ${words}`)
  const reasons = parts.length === 0 ? '' : ` (${parts.join(', ')})`
  const kinds = scatter === null ? [] : [scatterWords(scatter)]
  return [`${count(used)} of ${countOf(given, 'named customer')} could be used${reasons}.`, ...kinds]
}

/** From 0, all alike, to 1, nothing in common. */
function scatterWords(scatter: number): string {
  if (scatter < 0.3) return 'They are much alike.'
  return scatter < 0.7 ? 'They are of several kinds.' : 'They have little in common.'
}

/** How it stands, in one sentence. */
export function audienceSentence({ state, percent: done, counts }: Audience): string {
  if (state === 'QUEUED') return 'The audience waits for its turn.'
  if (state === 'RUNNING') return `The audience is being built, ${count(done)} % done.`
  if (state === 'FAILED') return 'The audience could not be built.'
  if (state === 'CANCELLED') return 'The audience was cancelled.'
  const made = `${countOf(counts.exported, 'customer is', 'customers are')} in the file.`
  return state === 'PARTIAL' ? `${made} Some customers could not be looked at.` : made
}

export const audienceTone = ({ state }: Pick<Audience, 'state'>): string =>
  ({ QUEUED: 'busy', RUNNING: 'busy', COMPLETED: 'good', PARTIAL: 'warn', FAILED: 'bad', CANCELLED: '' })[
    state
  ]
