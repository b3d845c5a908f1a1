const STATUSES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

export interface Interruption {
  /** Aborts when the command is asked to end. */
  signal: AbortSignal
  /** The exit status that then says so: 128 and the signal's number, as shells give it. */
  exitStatus(): number
}

/** Lets a command end in order at Ctrl-C: it restores the cursor and says what goes on. A second Ctrl-C ends it at once. */
export function catchInterruption(): Interruption {
  const controller = new AbortController()
  let status = 0
  const names = Object.keys(STATUSES).filter((name): name is keyof typeof STATUSES => name in STATUSES)
  const interrupt = (name: keyof typeof STATUSES) => {
    for (const one of names) process.off(one, interrupt)
    status = STATUSES[name]
    controller.abort()
  }
  for (const name of names) process.once(name, interrupt)
  return { signal: controller.signal, exitStatus: () => status }
}
