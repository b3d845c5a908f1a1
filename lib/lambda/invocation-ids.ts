import * as v from 'valibot'
import { excerpt } from '../errors.ts'
import type { InvocationIds } from './invocation.ts'

/** The parts of an event of API Gateway or SQS that name it. Every other event has none of them. */
const EventSchema = v.object({
  requestContext: v.optional(v.object({ requestId: v.optional(v.string()) })),
  headers: v.optional(v.record(v.string(), v.unknown())),
  Records: v.optional(
    v.array(
      v.object({
        messageId: v.optional(v.string()),
        attributes: v.optional(v.object({ AWSTraceHeader: v.optional(v.string()) })),
      }),
    ),
  ),
})

const MAX_LENGTH = 128

/** Reads the ids that name an invocation: those of Lambda, of API Gateway, of the message and of the caller. */
export function idsOf(event: unknown, { awsRequestId }: { awsRequestId?: string }): InvocationIds {
  const parsed = v.safeParse(EventSchema, event)
  const { requestContext, headers, Records } = parsed.success ? parsed.output : {}
  const messageIds = (Records ?? []).flatMap(({ messageId }) => messageId ?? [])
  return {
    requestId: awsRequestId,
    apiRequestId: requestContext?.requestId,
    callerRequestId: textOf(headers?.['x-request-id']),
    messageId: messageIds.length === 0 ? undefined : messageIds.join(','),
    traceId: rootOf(headers?.['x-amzn-trace-id'] ?? Records?.[0]?.attributes?.AWSTraceHeader),
  }
}

/** `Root=1-67891233-abcdef012345678912345678;Parent=…` → the trace id after `Root=`, or the whole text. */
function rootOf(header: unknown): string | undefined {
  const text = textOf(header)
  return text?.match(/(?:^|;)Root=([^;]+)/)?.[1] ?? text
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? excerpt(value, MAX_LENGTH) : undefined
}
