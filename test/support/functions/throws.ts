export async function handler() {
  throw new RangeError('no such bike')
}
