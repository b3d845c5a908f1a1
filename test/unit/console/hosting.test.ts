import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { securityHeaders } from '../../../dev/console/headers.ts'

const Template = v.object({
  Resources: v.object({
    Headers: v.object({
      Properties: v.object({
        ResponseHeadersPolicyConfig: v.object({
          SecurityHeadersConfig: v.object({
            ContentSecurityPolicy: v.object({ ContentSecurityPolicy: v.string() }),
            ContentTypeOptions: v.object({ Override: v.literal(true) }),
            ReferrerPolicy: v.object({ ReferrerPolicy: v.string() }),
          }),
          CustomHeadersConfig: v.object({
            Items: v.array(v.object({ Header: v.string(), Value: v.string() })),
          }),
        }),
      }),
    }),
  }),
})

it('the console behind CloudFront has the headers of the console on this machine', () => {
  const text = readFileSync(new URL('../../../deploy/console/cloudfront.yml', import.meta.url), 'utf8')
  const { Resources } = v.parse(Template, parse(text, { logLevel: 'error' }))
  const { SecurityHeadersConfig: own, CustomHeadersConfig } =
    Resources.Headers.Properties.ResponseHeadersPolicyConfig
  expect({
    'content-security-policy': own.ContentSecurityPolicy.ContentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': own.ReferrerPolicy.ReferrerPolicy,
    ...Object.fromEntries(CustomHeadersConfig.Items.map(({ Header, Value }) => [Header, Value])),
  }).toEqual(securityHeaders({ bucketOrigin: '$' + '{BucketOrigin} $' + '{IssuerOrigins}' }))
})
