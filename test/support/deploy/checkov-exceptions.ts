/** Checks of checkov that the template does not pass, and why. A check that passes must leave this list. */
export const EXCEPTIONS: Record<string, string> = {
  CKV_AWS_18:
    'S3 access logs need a second bucket with its own retention. An account that must log reads switches on data events of CloudTrail.',
  CKV_AWS_21: 'The deployment bucket holds zips that each deployment makes again.',
  CKV_AWS_158: 'CloudWatch encrypts logs with its own key. They hold no record, vector or secret.',
  CKV_AWS_116:
    'A dead-letter queue of Lambda serves asynchronous calls. The scheduled functions have a destination instead, which also has the error. The queues have dead letters of their own.',
  CKV_AWS_117: 'Functions are in a VPC if `subnetIds` says so. A Redis with TLS is reached without one.',
  CKV_AWS_115: 'Concurrency is reserved if `redisMaxClients` says how much Redis takes.',
  CKV_AWS_173: 'Lambda encrypts variables with its own key. They hold the names of secrets, and no secret.',
  CKV_AWS_27:
    'The queues are encrypted with the key of SQS (SqsManagedSseEnabled). checkov asks for one of KMS.',
  CKV_AWS_26:
    'CloudWatch cannot write to a topic that the default key of SNS encrypts. A message holds the name and the numbers of an alarm.',
}
