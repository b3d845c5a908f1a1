import type { APIGatewayProxyEventV2 } from 'aws-lambda'

/** An event of an HTTP API (payload 2.0) for a route such as `POST /search`. */
export function httpEvent(
  routeKey: string,
  members: Partial<APIGatewayProxyEventV2> = {},
): APIGatewayProxyEventV2 {
  const [method = '', path = ''] = routeKey.split(' ')
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json' },
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'test',
      routeKey,
      stage: '$default',
      time: '22/Nov/2026:12:00:00 +0000',
      timeEpoch: 1_795_348_800_000,
    },
    isBase64Encoded: false,
    ...members,
  }
}
