/** A unit of CloudWatch. `None` is a share from 0 to 1, or a setting. */
type Unit = 'Count' | 'Milliseconds' | 'Seconds' | 'Bytes' | 'Percent' | 'None'

interface MetricDescription {
  unit: Unit
  /** The functions that emit it: the values of the dimension `function`. `*` stands for every function. */
  by: readonly string[]
  /** One value is … */
  meaning: string
}

const SEARCH = ['search-users']
const IMPORT = ['import-users']
const IMPORTS = ['imports']
const AUDIENCES = ['audiences']
const BUILD = ['build-audience']
const CHECK = ['check-index']
const ALL = ['*']

/**
 * Every metric: its unit, the functions that emit it, and what one value is. A counter of faults is written only if it
 * is above 0, so alarms must treat missing data as healthy. `docs/observability.md` has the same table for its readers.
 */
export const METRICS = {
  ColdStarts: { unit: 'Count', by: ALL, meaning: '1 in the first invocation of an environment' },
  InitMs: { unit: 'Milliseconds', by: ALL, meaning: 'from the start of the process to the first invocation' },
  RedisMs: { unit: 'Milliseconds', by: ALL, meaning: 'how long one invocation waited for Redis' },
  CallerErrors: { unit: 'Count', by: ALL, meaning: 'an answer 4xx' },
  RedisErrors: {
    unit: 'Count',
    by: ALL,
    meaning: 'a failure with a code REDIS_…, MODULE_MISSING or TRANSPORT_UNSUPPORTED',
  },
  IndexErrors: { unit: 'Count', by: ALL, meaning: 'a failure with INDEX_MISSING or INDEX_DRIFTED' },
  AwsErrors: { unit: 'Count', by: ALL, meaning: 'a failure of S3, SQS, SSM or Secrets Manager' },
  InternalErrors: {
    unit: 'Count',
    by: ALL,
    meaning: 'any other failure: a configuration, an unknown event, a fault of the code',
  },

  Searches: { unit: 'Count', by: SEARCH, meaning: 'the searches of one answered request' },
  SearchMs: { unit: 'Milliseconds', by: SEARCH, meaning: 'one request that was answered with 200' },
  IncompleteAnswers: {
    unit: 'Count',
    by: SEARCH,
    meaning: 'searches with an answer that has `complete: false`',
  },
  WarnedAnswers: { unit: 'Count', by: SEARCH, meaning: 'complete answers that carry a warning' },

  ImportsCompleted: {
    unit: 'Count',
    by: IMPORT,
    meaning: 'an import that ended COMPLETED. Dry runs count nowhere',
  },
  ImportsPartial: { unit: 'Count', by: IMPORT, meaning: 'an import that ended PARTIAL' },
  ImportsFailed: { unit: 'Count', by: IMPORT, meaning: 'an import that ended FAILED' },
  ImportsAborted: {
    unit: 'Count',
    by: IMPORT,
    meaning: 'an import that ended ABORTED, by its on-error option',
  },
  ImportsSuperseded: { unit: 'Count', by: IMPORT, meaning: 'an import that ended SUPERSEDED' },
  ImportsCancelled: { unit: 'Count', by: IMPORT, meaning: 'an import that ended CANCELLED' },
  ImportsDuplicate: {
    unit: 'Count',
    by: IMPORT,
    meaning: 'a message that asked for a finished import again',
  },
  RecordsRead: { unit: 'Count', by: IMPORT, meaning: 'the records of a finished import' },
  RecordsWritten: { unit: 'Count', by: IMPORT, meaning: 'of them, those that were written' },
  RecordsUnchanged: {
    unit: 'Count',
    by: IMPORT,
    meaning: 'of them, those that were stored like this already',
  },
  RecordsDeleted: { unit: 'Count', by: IMPORT, meaning: 'of them, those that deleted a user' },
  RecordsRejected: { unit: 'Count', by: IMPORT, meaning: 'of them, the rejects' },
  RecordsUnsearchable: { unit: 'Count', by: IMPORT, meaning: 'written records that the index does not hold' },
  ImportSeconds: {
    unit: 'Seconds',
    by: IMPORT,
    meaning: 'from the start of an import to its end, over all its invocations',
  },

  ImportsRunning: { unit: 'Count', by: IMPORTS, meaning: 'imports that are RUNNING, every 15 minutes' },
  OldestRunningImportSeconds: {
    unit: 'Seconds',
    by: IMPORTS,
    meaning: 'the age of the oldest of them; 0 if there is none',
  },
  ImportsRestarted: { unit: 'Count', by: IMPORTS, meaning: 'imports that the sweep started again' },
  UnreadObjects: {
    unit: 'Count',
    by: IMPORTS,
    meaning: 'objects that no import could read: none of their users is stored',
  },

  AudiencesBuilt: { unit: 'Count', by: BUILD, meaning: 'an audience that ended COMPLETED or PARTIAL' },
  AudiencesFailed: { unit: 'Count', by: BUILD, meaning: 'an audience that ended FAILED' },
  AudienceUsers: { unit: 'Count', by: BUILD, meaning: 'the users of a finished audience' },
  AudienceSeconds: {
    unit: 'Seconds',
    by: BUILD,
    meaning: 'from the start of a build to its end, over all its invocations',
  },
  AudiencesRunning: {
    unit: 'Count',
    by: AUDIENCES,
    meaning: 'audiences that are QUEUED or RUNNING, every 15 minutes',
  },
  OldestRunningAudienceSeconds: {
    unit: 'Seconds',
    by: AUDIENCES,
    meaning: 'the age of the oldest of them; 0 if there is none',
  },
  AudiencesRestarted: {
    unit: 'Count',
    by: AUDIENCES,
    meaning: 'lost jobs that the schedule started again',
  },

  Problems: { unit: 'Count', by: CHECK, meaning: 'problems that a person must act on now' },
  Notices: {
    unit: 'Count',
    by: CHECK,
    meaning: 'what a person should know and plan for, such as a version with known vulnerabilities',
  },
  Documents: { unit: 'Count', by: CHECK, meaning: 'documents of the index' },
  PercentIndexed: { unit: 'Percent', by: CHECK, meaning: 'how much of the index is built' },
  MemoryUsed: { unit: 'None', by: CHECK, meaning: 'the used share of `maxmemory`, or of the machine' },
  ConnectionsUsed: { unit: 'None', by: CHECK, meaning: 'the used share of `maxclients`' },
  CanariesLost: {
    unit: 'Count',
    by: CHECK,
    meaning: 'users, of 50 chosen at random, that their own vectors do not find',
  },
  NotSearchable: {
    unit: 'Count',
    by: CHECK,
    meaning: 'users that no search can find, in the last complete sweep',
  },
  StaleImports: {
    unit: 'Count',
    by: CHECK,
    meaning: 'imports that are RUNNING and saved nothing for a quarter of an hour',
  },
  CheckMs: { unit: 'Milliseconds', by: CHECK, meaning: 'one run of the check' },
  RecallBelowTarget: {
    unit: 'Count',
    by: CHECK,
    meaning: 'values of k with a recall below the target, of single searches, of groups or with a filter',
  },
  Recall: {
    unit: 'None',
    by: CHECK,
    meaning: 'recall@k of searches by a vector or a user. It has a third dimension, `k`',
  },
  GroupRecall: { unit: 'None', by: CHECK, meaning: 'recall@k of searches by a group; dimension `k`' },
  EfRuntime: {
    unit: 'None',
    by: CHECK,
    meaning: 'the EF_RUNTIME that searches use for that recall; dimension `k`',
  },
  GroupEfRuntime: { unit: 'None', by: CHECK, meaning: 'the same for groups; dimension `k`' },
  FilteredRecall: {
    unit: 'None',
    by: CHECK,
    meaning: 'recall@k of searches with a filter that about half of the users pass; dimension `k`',
  },
} as const satisfies Record<string, MetricDescription>

export type MetricName = keyof typeof METRICS
