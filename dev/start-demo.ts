// `npm run demo`: a start with real embeddings instead of the bike shop, in a folder of its own.

process.env.LOOKALIKE_DEMO = 'readers'
process.env.INDEX_DEFINITION ||= JSON.stringify({ vector: { dimensions: 384 } })
process.env.DATA_DIR ||= '.lookalike-demo'

await import('./start.ts')
