import * as v from 'valibot'

/**
 * One difference between the definition and the live index: `{field: "labels.separator", expected: ",", actual:
 * "|"}`.
 */
export type Drift = v.InferOutput<typeof DriftSchema>
const Setting = v.nullable(v.union([v.string(), v.number(), v.boolean()]))
export const DriftSchema = v.object({ field: v.string(), expected: Setting, actual: Setting })
