import { describe, expect, it } from 'vitest'
import type { IndexObservation } from '../../../lib/provisioning/observe-index.ts'
import { planStep, type StepOptions } from '../../../lib/provisioning/plan-step.ts'
import type { IndexInfo } from '../../../lib/redis/commands/ft-info.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z')
const aDrift = { field: 'vector.metric', expected: 'L2', actual: 'COSINE' }

function info(name: string, more: Partial<IndexInfo> = {}): IndexInfo {
  const settings = {
    ...{ keyType: 'JSON', prefix: 'user:', filter: null, language: null, languageField: null, score: 1 },
    ...{ scoreField: null, payloadField: null, stopwords: null, options: '' },
  }
  const counts = {
    documents: 4,
    percentIndexed: 1,
    indexing: false,
    failures: 0,
    memoryBytes: 1,
    indexingMs: 1,
  }
  return { name, settings, attributes: [], ...counts, backgroundStatus: 'OK', ...more }
}

/** An index that is not as defined, and nothing has been begun; laid over it what is otherwise. */
function step(
  {
    versions,
    ...facts
  }: Partial<Omit<IndexObservation, 'versions'>> & { versions?: Partial<IndexObservation['versions']> },
  options: Partial<StepOptions> = {},
) {
  const all: IndexObservation = {
    ...{
      name: 'idx',
      hash: 'b',
      live: info('idx:va'),
      drift: [aDrift],
      needsRebuild: false,
      needsBackfill: false,
      target: 'idx:vb',
    },
    ...{ built: undefined, builtDrift: [] },
    ...facts,
    versions: {
      migration: null,
      previous: null,
      rolledBackFrom: null,
      needsRebuild: null,
      owner: null,
      ...versions,
    },
  }
  return planStep(all, { mayBegin: true, force: false, graceMs: 3_600_000, ...options }, NOW)
}

const migration = (to = 'idx:vb') => ({
  ...{ from: 'idx:va', to, startedAt: '', changes: [], copy: null, problem: null },
})
const previous = (index: string, minutes = 1) => ({
  index,
  replacedAt: new Date(NOW - minutes * 60_000).toISOString(),
})

describe('the next step', () => {
  it('is to create what is not there', () => {
    expect(step({ live: undefined, drift: [] })).toEqual({ do: 'create' })
  })

  it('is none when all is as defined', () => {
    expect(step({ drift: [] })).toEqual({ do: 'nothing' })
  })

  it('is to begin, to build, to wait and to prove', () => {
    const versions = { migration: migration() }
    expect(step({})).toEqual({ do: 'begin' })
    expect(step({ versions })).toEqual({ do: 'build' })
    expect(step({ versions, built: info('idx:vb', { indexing: true }) })).toEqual({ do: 'wait' })
    expect(step({ versions, built: info('idx:vb', { percentIndexed: 0.5 }) })).toEqual({ do: 'wait' })
    expect(step({ versions, built: info('idx:vb') })).toEqual({ do: 'prove' })
  })

  it('is not to begin for who may not, nor where it was rolled back from', () => {
    expect(step({}, { mayBegin: false })).toEqual({ do: 'nothing' })
    expect(step({ versions: { rolledBackFrom: 'b' } })).toEqual({ do: 'nothing' })
    expect(step({ versions: { rolledBackFrom: 'b' } }, { force: true })).toEqual({ do: 'begin' })
    expect(step({ versions: { rolledBackFrom: 'c' } })).toEqual({ do: 'begin' })
  })

  it('is to prove, which will say why, when Redis has stopped building', () => {
    const built = info('idx:vb', { percentIndexed: 0.4, backgroundStatus: 'OOM failure' })
    expect(step({ built, versions: { migration: migration() } })).toEqual({ do: 'prove' })
  })

  it('is to build anew what is as defined, and spoilt', () => {
    expect(step({ drift: [], needsRebuild: true })).toEqual({ do: 'begin' })
  })

  it('is to drop the version before when it has the name, and the poison, of what is to be built anew', () => {
    const before = { previous: previous('idx:vb') }
    expect(step({ drift: [], needsRebuild: true, live: info('idx:vb.2'), versions: before })).toEqual({
      do: 'drop',
      index: 'idx:vb',
    })
  })

  it('is to give up what was being built for another definition', () => {
    const versions = { migration: migration('idx:vc') }
    expect(step({ versions })).toEqual({ do: 'drop', index: 'idx:vc' })
    expect(step({ versions, drift: [] })).toEqual({ do: 'drop', index: 'idx:vc' })
  })

  it('is to build anew what has our name and is not as defined', () => {
    const built = info('idx:vb')
    expect(step({ built, builtDrift: [aDrift], versions: { migration: migration() } })).toEqual({
      do: 'rebuild',
    })
  })

  it('is to drop the version before when its time is over, or its memory is needed', () => {
    expect(step({ drift: [], versions: { previous: previous('idx:v0', 59) } })).toEqual({ do: 'nothing' })
    expect(step({ drift: [], versions: { previous: previous('idx:v0', 60) } })).toEqual({
      do: 'drop',
      index: 'idx:v0',
    })
    expect(step({ versions: { previous: previous('idx:v0') } })).toEqual({ do: 'drop', index: 'idx:v0' })
    expect(step({ versions: { previous: previous('idx:vb') } })).toEqual({ do: 'begin' })
  })
})
