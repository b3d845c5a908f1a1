import type * as v from 'valibot'
import type { IndexDefinition } from '../definition.ts'
import type { ErrorCode } from '../errors.ts'
import type { Call } from '../lambda/http.ts'

/** The settings of a stage that its API depends on. */
export interface StageSettings {
  definition: IndexDefinition
  maxK: number
}

/**
 * The requests and answers of one function's routes, as data. The OpenAPI document and the types of the handlers come
 * from it.
 */
export interface Api {
  tag: { name: string; description: string }
  /** The schemas that the document shows by name. Bodies and answers must be among them. */
  schemas: Readonly<Record<string, v.GenericSchema>>
  /** Keyed by API Gateway's route key: `POST /search`. */
  routes: Readonly<Record<string, RouteDescription>>
}

export interface RouteDescription {
  operationId: string
  summary: string
  description?: string
  /** The variables of the path. */
  path?: Readonly<Record<string, v.GenericSchema>>
  query?: Readonly<Record<string, v.GenericSchema>>
  headers?: Readonly<Record<string, v.GenericSchema>>
  body?: v.GenericSchema
  bodyMayBeLeftOut?: true
  answers: Readonly<Record<number, AnswerDescription>>
  /** The error codes of this route. CONFIG_INVALID and INTERNAL are possible on every route. */
  errors: readonly ErrorCode[]
}

interface AnswerDescription {
  description: string
  /** Absent with 204. */
  body?: v.GenericSchema
  headers?: Readonly<Record<string, { description: string }>>
}

/** The handlers of a description: one per route. A handler can only return answers that the description contains. */
export type Handlers<TApi extends (settings: StageSettings) => Api> = {
  [TRoute in keyof ReturnType<TApi>['routes']]: (
    call: Call,
  ) => Promise<AnswerOf<ReturnType<TApi>['routes'][TRoute]>>
}

export type AnswerOf<TRoute extends RouteDescription> = {
  [TStatus in keyof TRoute['answers']]: TRoute['answers'][TStatus] extends {
    body: infer TBody extends v.GenericSchema
  }
    ? { status: TStatus; body: v.InferOutput<TBody>; headers?: Record<string, string> }
    : { status: TStatus; headers?: Record<string, string> }
}[keyof TRoute['answers']]

/** Errors of Redis or of the way to it, on every route that uses Redis. */
export const REDIS_ERRORS = [
  'SECRET_UNAVAILABLE',
  'REDIS_UNAVAILABLE',
  'REDIS_TIMEOUT',
  'REDIS_BUSY',
  'REDIS_REFUSED',
  'REDIS_CLUSTER',
  'MODULE_MISSING',
  'TRANSPORT_UNSUPPORTED',
  'REDIS_ERROR',
] as const satisfies ErrorCode[]

/** Errors of any body. */
export const BODY_ERRORS = [
  'BODY_NOT_JSON',
  'BODY_NOT_UTF8',
  'BODY_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'REQUEST_INVALID',
] as const satisfies ErrorCode[]
