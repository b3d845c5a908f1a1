// Written by `npm run client:types` from the schemas of the API. A test compares the two.

export interface Drift {
  field: string
  expected: string | number | boolean | null
  actual: string | number | boolean | null
}

export interface Migration {
  from: string
  to: string
  startedAt: string
  /** The differences from the live index */
  changes: Drift[]
  /** The progress of a backfill; null before it begins, or if none is needed */
  copy: {
    cursor: string
    copied: number
    leftOut: number
    isDone: boolean
    /** The server run to which the cursor belongs */
    runId: string
  } | null
  /** Why the finished index has not replaced the live one */
  problem: string | null
  percentIndexed: number
  documents: number
}

export interface Recall {
  /** The real name of the measured index */
  index: string
  at: string
  /** How long the measurement took, in milliseconds */
  tookMs: number
  target: number
  /** How many documents the index had at that time */
  documents: number
  /** How many queries were made from stored users */
  probes: number
  /** How many query vectors of real searches were repeated */
  asked: number
  /** By k, ascending. Empty before the first measurement */
  curve: {
    k: number
    /** For searches by a vector or a user */
    single: {
      /** The least EF_RUNTIME that reaches the target, else the largest tried */
      efRuntime: number
      /** The share of the k nearest that HNSW finds with this EF_RUNTIME, 0 to 1 */
      measured: number
      /** The time of such a search, in milliseconds: the median of nine */
      ms: number
    }
    /** For `like` with several members: HNSW has a lower recall for their mean */
    group: {
      /** The least EF_RUNTIME that reaches the target, else the largest tried */
      efRuntime: number
      /** The share of the k nearest that HNSW finds with this EF_RUNTIME, 0 to 1 */
      measured: number
      /** The time of such a search, in milliseconds: the median of nine */
      ms: number
    }
    /** The time of brute force for k results, in milliseconds: the median of nine */
    exactMs: number
    /** For single searches with a filter that about half of the users pass. null: no field divides the users so, or brute force would block Redis for too long */
    filtered: {
      /** The least EF_RUNTIME that reaches the target, else the largest tried */
      efRuntime: number
      /** The share of the k nearest that HNSW finds with this EF_RUNTIME, 0 to 1 */
      measured: number
      /** The time of such a search, in milliseconds: the median of nine */
      ms: number
      /** The time of brute force for k results, in milliseconds: the median of nine */
      exactMs: number
      /** How many times as many candidates the same queries need as without the filter */
      candidates: number
    } | null
  }[]
  /** Why the last measurement was skipped; the other members are then of the previous one */
  skipped: string | null
  /** The skipped measurement: when it ended, and how long it took */
  lastAttempt: {
    at: string
    tookMs: number
  } | null
}

export interface Sweep {
  startedAt: string
  finishedAt: string | null
  scanned: number
  /** Users that searches cannot find */
  notSearchable: number
  /** Users with corrupt vectors, which hide other users */
  corruptVectors: number
  quarantined: number
  /** The first hundred of these users; ids only */
  findings: {
    id: string
    code: string
    quarantined: boolean
  }[]
}

export interface RunningSweep {
  startedAt: string
  finishedAt: string | null
  scanned: number
  /** Users that searches cannot find */
  notSearchable: number
  /** Users with corrupt vectors, which hide other users */
  corruptVectors: number
  quarantined: number
  /** The first hundred of these users; ids only */
  findings: {
    id: string
    code: string
    quarantined: boolean
  }[]
  cursor: string
  /** Users with corrupt vectors that are in quarantine now */
  cleared: number
}

export type IndexState = "absent" | "building" | "ready" | "partial" | "drifted"

export interface IndexStatus {
  name: string
  /** The real name of the live index; null if there is none */
  index: string | null
  definitionHash: string
  state: IndexState
  percentIndexed: number
  /** Documents in the index, with or without a vector */
  documents: number
  /** Documents that searches can find; null if counting them would cost too much */
  searchable: number | null
  /** Documents that RediSearch has refused since the index was created; repairs do not reduce it */
  failures: number
  drift: Drift[]
  change: "unchanged" | "migrating"
  migration: Migration | null
  /** The previous version, while it is stored for a rollback */
  previous: {
    index: string
    replacedAt: string
  } | null
  /** The stack that may change the index; null if none has claimed it */
  owner: string | null
  /** Bytes of the index alone, without the documents */
  memory: number
  server: {
    redis: string
    modules: {
      [name: string]: string
    }
    kind: "Redis Stack" | "Redis" | "Valkey" | "unknown"
    /** Whether tests of Lookalike run on this release line */
    isTested: boolean
  }
  recall: Recall | null
  /** The result of the last scheduled check */
  check: CheckResult | null
}

export interface ProvisionRequest {
  /** Make the change despite a rollback, missing memory, or documents that do not fit; take the index from another stack. Default: false */
  force?: boolean | undefined
}

export interface ProvisionResult {
  name: string
  /** The real name of the live index; null if there is none */
  index: string | null
  definitionHash: string
  state: IndexState
  percentIndexed: number
  /** Documents in the index, with or without a vector */
  documents: number
  /** Documents that searches can find; null if counting them would cost too much */
  searchable: number | null
  /** Documents that RediSearch has refused since the index was created; repairs do not reduce it */
  failures: number
  drift: Drift[]
  change: "created" | "unchanged" | "migrating" | "migrated"
  migration: Migration | null
  /** The previous version, while it is stored for a rollback */
  previous: {
    index: string
    replacedAt: string
  } | null
  /** The stack that may change the index; null if none has claimed it */
  owner: string | null
  /** Bytes of the index alone, without the documents */
  memory: number
  server: {
    redis: string
    modules: {
      [name: string]: string
    }
    kind: "Redis Stack" | "Redis" | "Valkey" | "unknown"
    /** Whether tests of Lookalike run on this release line */
    isTested: boolean
  }
  recall: Recall | null
  /** The result of the last scheduled check */
  check: CheckResult | null
}

export interface ChangePlan {
  action: "create" | "migrate" | "none"
  /** The real name of the live index */
  from: string | null
  /** The real name of the new index */
  to: string
  /** `actual` is the live index, `expected` the definition */
  changes: Drift[]
  documents: number
  estimate: {
    seconds: number
    bytes: number
  }
  memory: {
    used: number
    limit: number
  }
  /** Why the change would be refused; null if it would not */
  refused: string | null
  /** Whether --force overrides the refusal */
  isForcible: boolean
  notes: string[]
}

export interface CheckResult {
  at: string
  tookMs: number
  /** Problems that a person must act on now, one line each; empty if there are none */
  problems: string[]
  /** Findings to know and to plan for, one line each, such as known vulnerabilities */
  notices: string[]
  memory: {
    used: number
    limit: number
    policy: string
  } | null
  appendOnlyFile: boolean | null
  canaries: {
    asked: number
    /** Users that a search by their own vector does not find */
    lost: string[]
  } | null
  /** Imports that are RUNNING without a running importer */
  staleImports: string[]
  lastSweep: Sweep | null
  sweep: RunningSweep | null
}

export interface UserIds {
  ids: string[]
}

export interface Definition {
  name: string
  prefix: string
  storage: "json" | "hash"
  fields: {
    path: string
    alias: string
    type: "TEXT" | "TAG" | "NUMERIC" | "GEO" | "BOOLEAN"
    separator: string
    sortable: boolean
    /** Whether answers may contain the field */
    returned: boolean
    /** Whether filters may name the field */
    filterable: boolean
  }[]
  vector: {
    path: string
    alias: string
    dimensions: number
    metric: "COSINE" | "L2" | "IP"
    algorithm: "HNSW" | "FLAT"
    type: "FLOAT16" | "BFLOAT16" | "FLOAT32" | "FLOAT64"
    m: number
    efConstruction: number
    recallTarget: number
    exactComponents: number
  }
}

export interface UserSample {
  users: {
    id: string
    /** float32, little-endian, in base64, as a search takes it */
    vector: string
  }[]
}

export type UserId = string

export type Vector = string | number[]

export type Seed = UserId | number[] | {
  user: UserId
  weight?: number | undefined
} | {
  vector: Vector
  weight?: number | undefined
}

/** The alias of a field that an answer may show */
export type FieldName = string

export interface SearchByVector {
  vector: Vector
  /** Default: 10 */
  k?: number | undefined
  filter?: Filter | undefined
  /** The largest distance of a result. For L2 a distance is the square of the Euclidean one. */
  maxDistance?: number | undefined
  exact?: boolean | undefined
  /** Not together with exact */
  efRuntime?: number | undefined
  fields?: FieldName[] | undefined
  /** Default: false */
  includeVector?: boolean | undefined
}

export interface SearchByUser {
  user: UserId
  /** Default: 10 */
  k?: number | undefined
  filter?: Filter | undefined
  /** The largest distance of a result. For L2 a distance is the square of the Euclidean one. */
  maxDistance?: number | undefined
  exact?: boolean | undefined
  /** Not together with exact */
  efRuntime?: number | undefined
  fields?: FieldName[] | undefined
  /** Default: false */
  includeVector?: boolean | undefined
}

export interface SearchByGroup {
  like: Seed[]
  unlike?: Seed[] | undefined
  /** average (default): the users nearest to the mean of like. best_score: the users nearest to one of like, without those that are nearer to one of unlike */
  strategy?: "average" | "best_score" | undefined
  /** Default: 10 */
  k?: number | undefined
  filter?: Filter | undefined
  /** The largest distance of a result. For L2 a distance is the square of the Euclidean one. */
  maxDistance?: number | undefined
  exact?: boolean | undefined
  /** Not together with exact */
  efRuntime?: number | undefined
  fields?: FieldName[] | undefined
  /** Default: false */
  includeVector?: boolean | undefined
}

export type Search = SearchByVector | SearchByUser | SearchByGroup

export interface SearchBatch {
  searches: Search[]
}

export type SearchBody = SearchByVector | SearchByUser | SearchByGroup | SearchBatch

/** Conditions by the aliases of fields. All of them must hold */
export interface Filter {
  $and?: Filter[]
  $or?: Filter[]
  $not?: Filter
  [name: string]: Condition | Filter[] | undefined | Filter
}

export interface UserResult {
  id: string
  /** 1 - cosine for COSINE; the square of the Euclidean distance for L2; 1 - inner product for IP */
  distance: number
  /** 0 to 1 for COSINE and L2; the inner product for IP */
  similarity: number
  /** The fields that were asked for and that the user has, by alias */
  fields: {
    [name: string]: unknown
  }
  vector?: number[]
}

export interface SearchAnswer {
  results: UserResult[]
  /** false when the server ran out of time, the index is incomplete or differs from its definition, or a row was left out */
  complete: boolean
  /** Why the answer is not complete, and what of the request it may get wrong */
  warnings: string[]
  /** How the users were found */
  method: {
    /** Whether every user that passes the filter was compared */
    exact: boolean
    /** How many candidates HNSW kept; null when every user was compared */
    efRuntime: number | null
  }
  index: {
    name: string
    state: IndexState
    percentIndexed: number
    /** How old this reading of the index is */
    ageMs: number
  }
  tookMs: number
}

export interface SearchBatchAnswer {
  answers: (SearchAnswer | {
    problem: Problem
  })[]
}

export type SearchBodyAnswer = SearchAnswer | SearchBatchAnswer

export interface User {
  id: string
  /** Changes with every change of the stored user */
  version: string
  document: StoredRecord
}

export interface UserRecord {
  id?: string | number
  [name: string]: unknown
}

export interface StoredRecord {
  id?: string | number
  [name: string]: unknown
}

export interface PutUser {
  id: string
  version: string
  change: "created" | "replaced" | "unchanged"
  /** Whether the user is indexed, read back from the index in the same step as the write */
  searchable: boolean
  /** Parts of the record that no filter finds */
  warnings: string[]
}

export interface RemovedUser {
  id: string
  /** Whether Redis had the user */
  deleted: boolean
  /** Whether the person is on the erasure list now */
  erased: boolean
  /** Where else the person may be */
  elsewhere: Place[]
}

export interface Place {
  place: "files" | "reports" | "audiences" | "backups" | "logs"
  where: string
  until: string
}

export interface Erasure {
  /** SHA-256 of the id, as the log has it */
  userHash: string
  erasedAt: string
  /** null: never */
  expiresAt: string | null
}

export interface ErasureList {
  count: number
  /** The newest hundred */
  newest: Erasure[]
}

export interface Import {
  id: string
  state: "RUNNING" | "COMPLETED" | "PARTIAL" | "FAILED" | "ABORTED" | "SUPERSEDED" | "DUPLICATE" | "CANCELLED"
  bucket: string
  key: string
  etag: string | null
  sequencer: string | null
  /** Hash of the definition by which the records are checked */
  definition: string
  dryRun: boolean
  onError: `continue` | `abort` | `max-errors=${number}`
  read: number
  written: number
  unchanged: number
  deleted: number
  rejected: number
  /** How many of the written ones the index really holds, read back from it */
  searchable: number
  /** replicated: on as many replicas as REDIS_WAIT_REPLICAS asks for. fsynced: on the disk of the primary. memory: gone if Redis dies now. null until it is known */
  durability: "replicated" | "fsynced" | "memory" | null
  /** The format of the file by its content, such as "NDJSON, gzip"; null until it is known */
  format: string | null
  /** The problem of the file as a whole, and its place */
  problem: FileProblem | null
  /** Probable mistakes in a file that is imported all the same */
  warnings: string[]
  /** Why a RUNNING import does not go on: what a person has to put right first. null when nothing is in its way */
  waiting: {
    code: ErrorCode
    message: string
    since: string
  } | null
  /** The key of the rejects' file */
  rejects: string | null
  /** How many rejects the rejects' file has: the first 200,000 */
  rejectsListed: number
  /** All rejects, most frequent first, each code with its first three places */
  rejectsByCode: {
    code: ErrorCode
    count: number
    first: {
      line?: number
      byteOffset?: number
      row?: number
      id: string | null
      path: string
      message: string
    }[]
  }[]
  /** For each declared field, how many of the written and unchanged users lack it, and what filters do not find in the others */
  fields: {
    path: string
    missing: number
    doubts: {
      reason: string
      users: number
    }[]
  }[]
  /** The key of this report; null until it is written */
  reportKey: string | null
  bytesRead: number
  size: number
  startedAt: string
  updatedAt: string
  finishedAt: string | null
  /** When the same content was last sent in again */
  duplicateAt: string | null
  /** 0 to 100, by the bytes of the object */
  percent: number
  recordsPerSecond: number
}

export interface FileProblem {
  code: ErrorCode
  message: string
  line?: number
  byteOffset?: number
  row?: number
}

export interface ImportList {
  imports: Import[]
  /** Objects below the prefix that no import has read; null before the first scheduled listing */
  unread: {
    at: string
    /** Objects of which the last import could read nothing */
    failed: number
    /** Objects without an import */
    queued: number
    /** Objects without users, such as _SUCCESS, which no import reads */
    markers: number
    /** The first twenty of them, FAILED ones first */
    objects: {
      key: string
      reason: "FAILED" | "QUEUED" | "MARKER"
      code?: ErrorCode
    }[]
  } | null
}

export interface StartImport {
  key: string
  dryRun?: boolean | undefined
  force?: boolean | undefined
  onError?: `continue` | `abort` | `max-errors=${number}` | undefined
}

export interface StartedImport {
  id: string
  key: string
  etag: string
  state: "QUEUED" | "DUPLICATE"
}

export interface UploadRequest {
  /** import: a file of users. seeds: ids for an audience, as seeds or exclusions */
  purpose: "import" | "seeds"
  name: string
  /** Only check the file: `POST /imports` with dryRun false imports it later */
  dryRun?: boolean | undefined
}

export interface UploadLink {
  key: string
  /** PUT the file to this address, with the headers */
  url: string
  headers: {
    [name: string]: string
  }
  expiresInSeconds: number
}

export interface AudienceRequest {
  name?: string | undefined
  like: Seed[] | SeedFile
  unlike?: Seed[] | SeedFile | undefined
  /** average (default): the users nearest to the mean of like. best_score: the users nearest to one of like, without those that are nearer to one of unlike. Default: "best_score" */
  strategy?: "average" | "best_score" | undefined
  filter?: Filter | undefined
  exclude?: UserId[] | SeedFile | undefined
  /** Default: 0.2 */
  holdout?: number | undefined
  size: AudienceSize
  /** Default: [] */
  fields?: FieldName[] | undefined
  /** Fields as SHA-256 of their text. Default: [] */
  hash?: FieldName[] | undefined
  /** Default: "csv" */
  format?: "csv" | "ndjson" | "parquet" | undefined
  /** Default: false */
  gzip?: boolean | undefined
  refreshEvery?: string | undefined
}

export interface Audience {
  id: string
  name: string
  /** 1, and one more with each refresh */
  run: number
  /** Of its files. A stack has the audiences of its own bucket */
  bucket: string
  state: "QUEUED" | "RUNNING" | "COMPLETED" | "PARTIAL" | "FAILED" | "CANCELLED"
  percent: number
  strategy: "best_score" | "average"
  size: AudienceSize
  format: "csv" | "ndjson" | "parquet"
  gzip: boolean
  refreshEvery: string | null
  /** Hash of the definition */
  definition: string
  /** The version of the index */
  index: string | null
  scanned: number
  counts: AudienceCounts
  curve: AudienceCurvePoint[]
  holdout: AudienceHoldout | null
  certificate: AudienceCertificate | null
  seeds: AudienceSeeds
  /** Against the file before the last refresh */
  changes: {
    entered: number
    left: number
    stayed: number
  } | null
  files: {
    audience: string | null
    manifest: string | null
    problems: string | null
    entered: string | null
    left: string | null
    stayed: string | null
  }
  bytes: number
  sha256: string | null
  /** How long the job waited for Redis: the most of its time that it took */
  redisMs: number
  problem: {
    code: ErrorCode
    message: string
  } | null
  warnings: string[]
  createdAt: string
  startedAt: string | null
  updatedAt: string
  finishedAt: string | null
}

export interface AudienceList {
  audiences: Audience[]
}

export type AudienceSize = {
  users: number
} | {
  percent: number
} | {
  minSimilarity: number
}

export interface SeedFile {
  key: string
}

export interface AudienceCounts {
  /** All users that pass the filter */
  matched: number
  exported: number
  /** Members of like and unlike */
  seeds: number
  excluded: number
  /** Nearer to a member of unlike than to any of like */
  unliked: number
  beyondSize: number
  /** Without a usable vector */
  unreadable: number
}

export interface AudienceCurvePoint {
  percent: number
  users: number
  /** Of the last of so many users */
  similarity: number
}

export interface AudienceHoldout {
  /** How many seeds were left out */
  seeds: number
  /** How many of them an audience of the other seeds has */
  found: number
  expectedByChance: number
  lift: number | null
}

export interface AudienceCertificate {
  sampled: number
  /** How many of the sample belong into the audience and are not there */
  missed: number
  /** Of all users, at 95 % confidence */
  missedAtMost: number
}

export interface AudienceSeeds {
  given: number
  used: number
  missing: number
  unsearchable: number
  doubled: number
  /** Records of the file without an id */
  unreadable: number
  /** 0: all alike; 1: nothing in common */
  scatter: number | null
  /** Seeds that are the nearest to no exported user */
  drewNobody: number | null
}

export interface PreviewRequest {
  like: Seed[] | SeedFile
  unlike?: Seed[] | SeedFile | undefined
  /** average (default): the users nearest to the mean of like. best_score: the users nearest to one of like, without those that are nearer to one of unlike. Default: "best_score" */
  strategy?: "average" | "best_score" | undefined
  filter?: Filter | undefined
  exclude?: UserId[] | SeedFile | undefined
  /** Default: 0.2 */
  holdout?: number | undefined
  size?: AudienceSize | undefined
}

export interface Preview {
  /** How many random users were scored */
  sampled: number
  /** About how many users pass the filter */
  matched: number
  /** About how many users the audience has */
  users: number | null
  curve: AudienceCurvePoint[]
  holdout: AudienceHoldout | null
  seeds: AudienceSeeds
  warnings: string[]
  tookMs: number
}

export interface Overlap {
  /** Of the first audience */
  users: number
  otherUsers: number
  both: number
  /** both / all users of the two */
  share: number | null
}

export interface Health {
  status: "ok" | "unavailable"
  /** Why searches fail or are incomplete, one line each; empty if the service is healthy */
  problems: string[]
  /** Other problems, and notices, that the last scheduled check found, one line each */
  warnings: string[]
}

export interface OpenApiDocument {
  openapi: string
  [name: string]: unknown
}

export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: ErrorCode
  /** The request, as urn:lookalike:request:<id>. The log names it by this id */
  instance?: string
  errors: ProblemPlace[]
}

export interface ProblemPlace {
  path: string
  message: string
}

export type ErrorCode = "REQUEST_INVALID" | "METHOD_NOT_ALLOWED" | "MEDIA_TYPE_UNSUPPORTED" | "BODY_NOT_UTF8" | "BODY_NOT_JSON" | "BODY_TOO_LARGE" | "ANSWER_TOO_LARGE" | "ROUTE_UNKNOWN" | "VECTOR_FORMAT" | "VECTOR_DIMENSIONS" | "VECTOR_NOT_FINITE" | "VECTOR_ZERO" | "FILTER_INVALID" | "SEARCH_TOO_COSTLY" | "FIELD_UNKNOWN" | "USER_NOT_FOUND" | "ERASED" | "ERASURE_NOT_FOUND" | "ERASURES_FULL" | "USER_NOT_SEARCHABLE" | "CHANGE_REFUSED" | "INDEX_OWNED" | "ROLLBACK_IMPOSSIBLE" | "PRECONDITION_FAILED" | "IMPORT_ENDED" | "IMPORT_NOT_FOUND" | "IMPORT_HAS_NO_FILE" | "AUDIENCE_NOT_FOUND" | "AUDIENCE_RUNNING" | "AUDIENCE_HAS_NO_FILE" | "SEEDS_TOO_MANY" | "SEEDS_UNUSABLE" | "RECORD_NOT_UTF8" | "RECORD_NOT_JSON" | "RECORD_NOT_CSV" | "RECORD_NOT_OBJECT" | "RECORD_TOO_LARGE" | "RECORD_TRUNCATED" | "VALUE_INVALID" | "RECORD_UNSTORABLE" | "ID_INVALID" | "FIELD_TYPE" | "FILE_UNSUPPORTED" | "FILE_MALFORMED" | "FILE_TRUNCATED" | "FILE_TOO_LARGE" | "IMPORT_STALLED" | "OBJECT_NOT_FOUND" | "OBJECT_REPLACED" | "UPLOAD_LOST" | "OBJECT_UNAVAILABLE" | "QUEUE_UNAVAILABLE" | "CONFIG_INVALID" | "SECRET_UNAVAILABLE" | "EVENT_UNKNOWN" | "INDEX_DRIFTED" | "INDEX_MISSING" | "REDIS_UNAVAILABLE" | "REDIS_TIMEOUT" | "REDIS_BUSY" | "REDIS_CLUSTER" | "REDIS_REFUSED" | "MODULE_MISSING" | "TRANSPORT_UNSUPPORTED" | "REDIS_ERROR" | "INTERNAL"

export interface GatewayMessage {
  message: string
}

export type Failure = Problem | GatewayMessage

/** The condition of a filter on one field */
export type Condition = {
  $text: string
} | string | boolean | {
  $eq?: string | boolean | undefined
  $ne?: string | boolean | undefined
  $in?: (string | boolean)[] | undefined
  $nin?: (string | boolean)[] | undefined
} | number | {
  $eq?: number | undefined
  $ne?: number | undefined
  $in?: number[] | undefined
  $nin?: number[] | undefined
  $gt?: number | undefined
  $gte?: number | undefined
  $lt?: number | undefined
  $lte?: number | undefined
} | {
  $near: {
    lon: number
    lat: number
    km: number
  }
} | boolean | {
  $eq?: boolean | undefined
  $ne?: boolean | undefined
  $in?: boolean[] | undefined
  $nin?: boolean[] | undefined
}

export interface Routes {
  /** Creates the index, or changes it to its definition, without waiting for long steps */
  'PUT /index': { body: ProvisionRequest; answer: ProvisionResult }
  /** Shows the state of the index */
  'GET /index': { body: undefined; answer: IndexStatus }
  /** Shows the definition in force */
  'GET /index/definition': { body: undefined; answer: Definition }
  /** Shows up to 200 nearly random users with their vectors */
  'GET /index/sample': { body: undefined; answer: UserSample }
  /** Plans what PUT /index would change, and what that would cost */
  'GET /index/plan': { body: undefined; answer: ChangePlan }
  /** Swaps the alias back to the previous index version, or cancels the running change */
  'POST /index/rollback': { body: undefined; answer: IndexStatus }
  /** Lists the users that the check has moved to quarantine, at most a thousand */
  'GET /index/quarantine': { body: undefined; answer: UserIds }
  /** Restores users from quarantine, unchanged */
  'POST /index/restore': { body: UserIds; answer: UserIds }
  /** Finds the k nearest users, nearest first; or runs up to twenty searches at once */
  'POST /search': { body: SearchBody; answer: SearchBodyAnswer }
  /** Finds the users nearest to one user */
  'GET /users/{id}/similar': { body: undefined; answer: SearchAnswer }
  /** Shows the record of a user as it was written, and its version */
  'GET /users/{id}': { body: undefined; answer: User }
  /** Creates or replaces the user; the record is checked as in an import */
  'PUT /users/{id}': { body: UserRecord; answer: PutUser }
  /** Deletes the user */
  'DELETE /users/{id}': { body: undefined; answer: RemovedUser }
  /** Counts the erased persons, and lists the newest by the hash of their ids */
  'GET /erasures': { body: undefined; answer: ErasureList }
  /** Takes a person off the erasure list */
  'DELETE /erasures/{id}': { body: undefined; answer: undefined }
  /** Lists the newest hundred imports, newest first, and the objects that no import has read */
  'GET /imports': { body: undefined; answer: ImportList }
  /** Shows the state and the counts of an import */
  'GET /imports/{id}': { body: undefined; answer: Import }
  /** Imports an object of the bucket */
  'POST /imports': { body: StartImport; answer: StartedImport }
  /** Stops a running import at its next window; users that it has written stay */
  'DELETE /imports/{id}': { body: undefined; answer: Import }
  /** Redirects to the rejects or the report of an import */
  'GET /imports/{id}/file': { body: undefined; answer: never }
  /** Makes a link by which a browser puts a file into the bucket */
  'POST /uploads': { body: UploadRequest; answer: UploadLink }
  /** Orders an audience: a file of the users that are most similar to its seeds */
  'POST /audiences': { body: AudienceRequest; answer: Audience }
  /** Lists the newest hundred audiences, newest first */
  'GET /audiences': { body: undefined; answer: AudienceList }
  /** Estimates an audience from a random sample of the users; writes nothing */
  'POST /audiences/preview': { body: PreviewRequest; answer: Preview }
  /** Shows the state and the counts of an audience */
  'GET /audiences/{id}': { body: undefined; answer: Audience }
  /** Stops a running audience; deletes an ended audience with its files */
  'DELETE /audiences/{id}': { body: undefined; answer: Audience | undefined }
  /** Redirects to a file of the audience */
  'GET /audiences/{id}/file': { body: undefined; answer: never }
  /** Builds an audience again, and lists the users that entered, left and stayed */
  'POST /audiences/{id}/refresh': { body: undefined; answer: Audience }
  /** Counts the users that two audiences have in common */
  'GET /audiences/{id}/overlap/{other}': { body: undefined; answer: Overlap }
  /** Says whether searches are answered from a complete index that equals its definition */
  'GET /health': { body: undefined; answer: Health }
  /** This document */
  'GET /openapi.json': { body: undefined; answer: OpenApiDocument }
}
