/**
 * The headers of every answer under the console's path. The page may only load files of its own origin, and exchange
 * data with that and with the bucket. It may neither run inline code, nor be framed, nor send a form.
 */
export function securityHeaders({ bucketOrigin }: { bucketOrigin: string }) {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    // Links that the API signs lead a file to the bucket, and back.
    `connect-src 'self' ${bucketOrigin}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  }
}
