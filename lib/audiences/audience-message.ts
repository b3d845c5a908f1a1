import * as v from 'valibot'
import { AppError } from '../errors.ts'
import type { AudienceJob } from './claim-audience.ts'

/** The message on the queue: `{"audience": {"id": "a1b2…", "run": 1}}`. */
const Message = v.object({ audience: v.object({ id: v.string(), run: v.number() }) })

/** @throws AppError EVENT_UNKNOWN for anything else, which the queue then keeps for a person to look at */
export function audienceJob(message: unknown): AudienceJob {
  if (v.is(Message, message)) return message.audience
  throw new AppError('EVENT_UNKNOWN', 'Expected a message that names an audience and its run')
}
