import { readdirSync, readFileSync } from 'node:fs'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { METRICS } from '../../../lib/lambda/metric-table.ts'

const folder = new URL('../../../deploy/', import.meta.url)
const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')

const Metric = v.object({
  Namespace: v.optional(v.string()),
  MetricName: v.optional(v.string()),
  Dimensions: v.optional(v.array(v.object({ Name: v.string(), Value: v.string() }))),
})
const Alarm = v.object({
  Condition: v.literal('Alarms'),
  Properties: v.object({
    AlarmName: v.string(),
    AlarmDescription: v.string(),
    AlarmActions: v.tuple([v.literal(variable('derived:alarmTopic'))]),
    TreatMissingData: v.picklist(['notBreaching', 'breaching', 'ignore']),
    ...Metric.entries,
    Metrics: v.optional(v.array(v.object({ MetricStat: v.optional(v.object({ Metric })) })), []),
  }),
})
const ResourceFile = v.object({
  Resources: v.optional(v.record(v.string(), v.looseObject({ Type: v.string() })), {}),
})

const resources = readdirSync(folder)
  .filter((name) => name.endsWith('.yml') && name !== 'vpc.yml')
  .flatMap((name) => Object.values(v.parse(ResourceFile, readYaml(name)).Resources))
const alarms = readAlarms()
const ourAlarm = /^lookalike-\$\{sls:stage\}-([a-z-]+)$/

describe('the alarms', () => {
  it('have a section each, and the sections an alarm', () => {
    const sections = /\n## Alarms\n([\s\S]*?)(?=\n## |$)/.exec(page)?.[1] ?? ''
    const headings = [...sections.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading)
    const rows = [...sections.matchAll(/^\| \[([a-z-]+)\]\(#([a-z-]+)\) \|/gm)].map(([, name]) => name)
    const names = alarms.map(({ AlarmName }) => ourAlarm.exec(AlarmName)?.[1])
    expect(names.length).toBeGreaterThan(10)
    expect(headings.toSorted()).toEqual(names.toSorted())
    expect(rows.toSorted()).toEqual(names.toSorted())
  })

  it('tell the person that they wake where to read on', () => {
    for (const { AlarmName, AlarmDescription } of alarms) {
      const [, name] = ourAlarm.exec(AlarmName) ?? []
      expect(AlarmDescription.endsWith(`: docs/operations.md#${name}`), AlarmDescription).toBe(true)
    }
  })

  it('watch metrics that their function writes', () => {
    const ours = alarms.flatMap(metricsOf).filter(({ Namespace }) => Namespace === 'Lookalike')
    expect(ours.length).toBeGreaterThan(8)
    for (const { MetricName = '', Dimensions = [] } of ours) {
      const [stage, name] = Dimensions
      expect(stage).toEqual({ Name: 'stage', Value: variable('sls:stage') })
      expect(isWrittenBy(MetricName, name?.Value ?? ''), `${MetricName} of ${name?.Value}`).toBe(true)
    }
  })
})

describe('the dashboard', () => {
  const Widgets = v.object({
    widgets: v.array(v.object({ properties: v.object({ metrics: v.array(v.array(v.unknown())) }) })),
  })
  const { Properties } = v.parse(
    v.object({ Properties: v.object({ DashboardBody: v.string() }) }),
    resources.find(({ Type }) => Type === 'AWS::CloudWatch::Dashboard'),
  )
  const { widgets } = v.parse(Widgets, JSON.parse(Properties.DashboardBody))
  const shown = widgets.flatMap(({ properties }) => properties.metrics)

  it('shows metrics that their function writes', () => {
    const ours = shown.filter(([namespace]) => namespace === 'Lookalike')
    expect(ours.length).toBeGreaterThan(20)
    for (const [, name, , , , functionName] of ours) {
      expect(isWrittenBy(String(name), String(functionName)), `${name} of ${functionName}`).toBe(true)
    }
    const searched = [...JSON.stringify(shown).matchAll(/MetricName=\\+"(\w+)\\+"/g)].map(
      ([, name = '']) => name,
    )
    expect(searched.length).toBeGreaterThan(4)
    for (const name of searched) expect(METRICS).toHaveProperty(name)
  })

  it('shows the metric of every alarm', () => {
    const text = JSON.stringify(shown)
    const missing = alarms
      .filter(({ AlarmName }) => !/recall/.test(AlarmName))
      .flatMap(metricsOf)
      .filter(({ MetricName = '' }) => !text.includes(MetricName))
    expect(missing).toEqual([])
  })
})

/** A variable of osls. */
function variable(name: string): string {
  return `\${${name}}`
}

function readYaml(name: string): unknown {
  return parse(readFileSync(new URL(name, folder), 'utf8'), { merge: true, logLevel: 'error' })
}

function readAlarms() {
  return resources
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map((resource) => v.parse(Alarm, resource).Properties)
}

function metricsOf({ Metrics, ...alarm }: ReturnType<typeof readAlarms>[number]) {
  const stats = Metrics.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Metric]))
  return alarm.MetricName === undefined ? stats : [alarm]
}

function isWrittenBy(metric: string, functionName: string): boolean {
  const [, found] = Object.entries(METRICS).find(([name]) => name === metric) ?? []
  const by: readonly string[] = found?.by ?? []
  return by.includes(functionName) || by.includes('*')
}
