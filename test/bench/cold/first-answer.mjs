// `first-answer.mjs BUNDLE EVENT`: what Lambda does at a cold start, and the answer.
const [, , bundle = '', event = ''] = process.argv
const { handler } = await import(bundle)
const startedAt = performance.now()
const answer = await handler(JSON.parse(event), { getRemainingTimeInMillis: () => 15_000 })
process.stderr.write(JSON.stringify({ answer, invocationMs: performance.now() - startedAt }))
process.exit()
