import type * as v from 'valibot'
import type { IndexDefinition } from '../definition.ts'
import type { ErrorCode } from '../errors.ts'
import type { Call } from '../lambda/http.ts'

/** What a stage has in force, and its API depends on. */
export interface InForce {
  definition: IndexDefinition
  maxK: number
}

/** What one function's routes take and give, as data: the document is made of it, and the handlers are typed by it. */
export interface Api {
  tag: { name: string; description: string }
  /** What the document shows by name. Bodies and answers must be among them. */
  schemas: Readonly<Record<string, v.GenericSchema>>
  /** By what API Gateway calls a route's key: `POST /search`. */
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
  /** The codes that this route may answer with. CONFIG_INVALID and INTERNAL are possible on every route. */
  errors: readonly ErrorCode[]
}

interface AnswerDescription {
  description: string
  /** None, with 204. */
  body?: v.GenericSchema
  headers?: Readonly<Record<string, { description: string }>>
}

/** The handlers that a description asks for: one for each route, answering with nothing that it does not describe. */
export type Handlers<TApi extends (inForce: InForce) => Api> = {
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

/** What Redis, or the way to it, may have to say on any route that asks it. */
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

/** What may be wrong with any body. */
export const BODY_ERRORS = [
  'BODY_NOT_JSON',
  'BODY_NOT_UTF8',
  'BODY_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'REQUEST_INVALID',
] as const satisfies ErrorCode[]
