import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { spawnTied } from '../../../dev/lifeline.mjs'
import { installPythonTools } from '../../../dev/python.ts'

const program = fileURLToPath(new URL('moto_server.py', import.meta.url))
const requirements = fileURLToPath(new URL('moto-requirements.txt', import.meta.url))

export interface Moto {
  url: string
  /** The resource types that moto's CloudFormation does not make. */
  lacking(): Promise<string[]>
  stop(): Promise<void>
}

/** Starts moto, an imitation of AWS, on this machine. */
export async function startMoto(): Promise<Moto> {
  const tools = await installPythonTools(requirements, 'moto, an imitation of AWS,')
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-moto-'))
  const lacks = join(folder, 'lacks')
  const port = await freePort()
  const { child, cut } = spawnTied(['python3', program, String(port), lacks], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, PYTHONPATH: tools, PYTHONNOUSERSITE: '1' },
  })
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text) => (errors = (errors + text).slice(-4_000)))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = `http://127.0.0.1:${port}`
  while (!(await isUp(url))) {
    if (child.exitCode !== null) throw new Error(`moto ended with status ${child.exitCode}: ${errors}`)
    await sleep(100)
  }
  return {
    url,
    lacking: async () => (await readFile(lacks, 'utf8')).trim().split('\n').toSorted(),
    async stop() {
      cut()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function isUp(url: string): Promise<boolean> {
  return fetch(`${url}/moto-api/`).then(
    ({ ok }) => ok,
    () => false,
  )
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('Expected a server with a port')
  return address.port
}
