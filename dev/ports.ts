/** A port that is asked for must be free; a default one moves to a free one when it is taken. 0 takes a free one. */
export interface WantedPort {
  /** The variable that asks for it. */
  variable: string
  wanted: number
  isExplicit: boolean
}

/** @throws Error when the variable is no port */
export function readPort(
  variable: string,
  standard: number,
  env: NodeJS.ProcessEnv = process.env,
): WantedPort {
  const text = env[variable]
  if (!text) return { variable, wanted: standard, isExplicit: false }
  const wanted = Number(text)
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65_535) {
    throw new Error(`${variable}: expected a port, got "${text}"`)
  }
  return { variable, wanted, isExplicit: true }
}

/** @throws Error when a port that was asked for is taken */
export async function atPort<T>(
  { variable, wanted, isExplicit }: WantedPort,
  start: (port: number) => Promise<T>,
): Promise<T> {
  try {
    return await start(wanted)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    if (isExplicit) throw new Error(`Port ${wanted} is taken: set ${variable} to a free one`)
    return start(0)
  }
}

/** A line that names a server which is not where it is by default; undefined when it is there. */
export function movedLine({ variable, wanted }: WantedPort, server: string, url: string): string | undefined {
  if (wanted === 0 || new URL(url).port === String(wanted)) return undefined
  return `Port ${wanted} is taken: ${server} is at ${url} (${variable} asks for another port)`
}
