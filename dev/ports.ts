/** An explicit port must be free. A default port is replaced by a free one if it is in use. 0 means a free port. */
export interface WantedPort {
  /** The variable that sets the port. */
  variable: string
  wanted: number
  isExplicit: boolean
}

/** @throws Error if the variable is not a port */
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

/** @throws Error if an explicit port is in use */
export async function startAtPort<T>(
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

/** A line about a server that is not at its default port; undefined if it is there. */
export function movedLine({ variable, wanted }: WantedPort, server: string, url: string): string | undefined {
  if (wanted === 0 || new URL(url).port === String(wanted)) return undefined
  return `Port ${wanted} is taken: ${server} is at ${url} (${variable} asks for another port)`
}
