import type { Context } from 'aws-lambda'

/** Returns the event that it got, and from its context what a test can compare. */
export async function handler(event: unknown, context: Context) {
  const { functionName, awsRequestId, memoryLimitInMB, invokedFunctionArn } = context
  return {
    event,
    context: { functionName, awsRequestId, memoryLimitInMB, invokedFunctionArn },
    remainingMilliseconds: context.getRemainingTimeInMillis(),
  }
}
