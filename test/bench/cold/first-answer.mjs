// `first-answer.mjs BUNDLE EVENT`: what Lambda does at a cold start, and the answer.
const [, , bundle = '', event = ''] = process.argv
const { handler } = await import(bundle)
const answer = await handler(JSON.parse(event), { getRemainingTimeInMillis: () => 15_000 })
process.stderr.write(JSON.stringify(answer))
process.exit()
