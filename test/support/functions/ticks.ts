let ticks = 0
setInterval(() => ticks++, 50)

/** Answers how often a timer of 50 ms has fired so far: a frozen environment has no time. */
export async function handler() {
  return ticks
}
