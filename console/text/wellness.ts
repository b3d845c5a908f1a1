import type { IndexStatus } from '../../client/src/index.ts'
import { countOf, percent } from './numbers.ts'

export interface Wellness {
  tone: 'good' | 'busy' | 'warn' | 'bad'
  /** Whether all is well, in one sentence. */
  sentence: string
  /** Each problem, and an instruction. */
  problems: readonly { text: string; action: string }[]
}

type Seen = Pick<
  IndexStatus,
  'state' | 'percentIndexed' | 'documents' | 'searchable' | 'drift' | 'migration' | 'recall' | 'check'
>

/** Judges the index for a person who has one minute for it. */
export function judge(index: Seen): Wellness {
  const recall = recallProblem(index)
  const found = (index.check?.problems ?? []).map((text) => ({ text, action: actionFor(text) }))
  const problems = [...(recall === undefined ? [] : [recall]), ...found]
  const { state, documents, searchable, percentIndexed } = index
  if (state === 'absent')
    return {
      tone: 'bad',
      sentence: 'There is no index yet. Create it on the page Index, then import customers.',
      problems,
    }
  if (state === 'drifted')
    return {
      tone: 'bad',
      sentence: 'Searches may miss customers: the index differs from its definition.',
      problems: [
        { text: driftText(index), action: 'Open the page Index, read the plan of the change, and apply it.' },
        ...problems,
      ],
    }
  if (state === 'partial')
    return {
      tone: 'bad',
      sentence: `Searches miss customers: Redis stopped building the index for lack of memory, ${percent(percentIndexed / 100, 0)} done.`,
      problems: [
        { text: 'The index is partial: Redis had no memory left for it.', action: MORE_MEMORY },
        ...problems.filter(({ text }) => !text.startsWith('The index is partial')),
      ],
    }
  if (state !== 'ready')
    return {
      tone: 'busy',
      sentence: `The index is being built: ${percent(percentIndexed / 100, 0)} of the customers can be found so far.`,
      problems,
    }
  if (recall !== undefined)
    return { tone: 'warn', sentence: 'The index finds fewer customers than it should.', problems }
  if (problems.length > 0) {
    const them = countOf(problems.length, 'thing needs', 'things need')
    return { tone: 'warn', sentence: `Searches are answered, and ${them} your attention.`, problems }
  }
  if (documents === 0)
    return { tone: 'good', sentence: 'The index is ready and empty. Import a file of customers.', problems }
  const customers = countOf(searchable ?? documents, 'customer')
  return { tone: 'good', sentence: `All is well: ${customers} can be found.`, problems }
}

/** The measured recall that is below the target by the most, if any is. */
function recallProblem({ recall }: Seen): Wellness['problems'][number] | undefined {
  if (recall === null) return undefined
  const kinds = recall.curve.flatMap(({ k, single, group, filtered }) => [
    { k, of: 'searches by one customer', ...single },
    { k, of: 'searches by a group', ...group },
    ...(filtered ? [{ k, of: 'searches with a filter', ...filtered }] : []),
  ])
  const worst = kinds.toSorted((a, b) => a.measured - b.measured)[0]
  if (worst === undefined || worst.measured >= recall.target) return undefined
  return {
    text: `Recall fell: with the index alone, ${worst.of} find ${percent(worst.measured)} of the ${worst.k} nearest customers. The goal is ${percent(recall.target)}.`,
    action:
      'Searches compare every customer where that is quick, and warn where they may miss some: tick “Compare with every customer” in a search to miss none. To mend it, raise m or efConstruction in the definition, and apply the change on the page Index.',
  }
}

function driftText({ drift }: Seen): string {
  return `The index differs in: ${drift.map(({ field }) => field).join(', ')}`
}

/** The way out of the state `partial`. Redis does not go on by itself. */
const MORE_MEMORY =
  'Give Redis more memory, or delete customers that are no longer needed. Redis does not continue by itself: change the definition, for example its efConstruction, and apply the change on the page Index, which builds the index again.'

/** The check's lines are for people and have no code, so their first words decide. */
const ACTIONS: readonly (readonly [RegExp, string])[] = [
  [/^The index differs/, 'Open the page Index, read the plan of the change, and apply it.'],
  [/^The change of the index/, 'Open the page Index: it shows why, and what the change would cost.'],
  [/^The index is partial/, MORE_MEMORY],
  [/^The index is/, 'Wait until it is built. The page Index shows how far it is.'],
  [/^Expected maxmemory-policy/, 'Set maxmemory-policy to noeviction in the configuration of Redis.'],
  [/^Expected an append-only file/, 'Set appendonly to yes in the configuration of Redis.'],
  [/of Redis's memory is in use/, 'Give Redis more memory, or delete customers that are no longer needed.'],
  [/^The last write of Redis/, 'Make room on the disk of Redis, then read its log.'],
  [
    /users (were not found|cannot be found)/,
    'Open the page Index: its quarantine lists them. Correct these customers in their file and import it again.',
  ],
  [
    /^Imports are RUNNING/,
    'Open the page Imports. The schedule starts them again within 15 minutes; cancel those that are not needed.',
  ],
  [
    /^\d+ objects were read by no import/,
    'Open the page Imports, read why the file failed, and upload a corrected one.',
  ],
  [/recall/i, 'Tick “Compare with every customer” in a search to miss none.'],
  [
    /^Lookalike is not tested on this server/,
    'Use a tested server: the documentation lists them under “Redis servers”.',
  ],
  [/CVE|vulnerab/i, 'Update Redis to the version that is named.'],
]

export function actionFor(problem: string): string {
  return ACTIONS.find(([pattern]) => pattern.test(problem))?.[1] ?? 'Give this line to the operator.'
}
