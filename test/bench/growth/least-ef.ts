import { type MeasureDeps, type Probe, recallAt, searchDistances } from '../../../lib/recall/probes.ts'

/** The largest that a search may ask for. */
const MOST = 4096
/** The last two candidates of the search for the least one differ by less than this share. */
const PRECISION = 1.03

/** The least EF_RUNTIME with which these questions reach the target; undefined if 4,096 is too few. */
export async function findLeastEf(
  deps: MeasureDeps,
  probes: readonly Probe[],
  { k, target }: { k: number; target: number },
): Promise<number | undefined> {
  const reaches = async (efRuntime: number) => {
    const found: number[][] = []
    for (const { vector } of probes) found.push(await searchDistances(deps, { vector, k, efRuntime }))
    return recallAt(probes, found, k) >= target
  }
  if (await reaches(k)) return k
  if (!(await reaches(MOST))) return undefined
  let [tooFew, enough] = [k, MOST]
  while (enough / tooFew > PRECISION && enough - tooFew > 1) {
    const middle = Math.round(Math.sqrt(enough * tooFew))
    if (await reaches(middle)) enough = middle
    else tooFew = middle
  }
  return enough
}
