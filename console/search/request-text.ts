/** The search as a command for a terminal. */
export function asCurl(url: string, body: object): string {
  const data = JSON.stringify(body).replaceAll("'", "'\\''")
  return `curl -s ${url}/search -H 'content-type: application/json' \\\n  -d '${data}'`
}

/** The search as a program with the client. */
export function asTypeScript(url: string, body: object): string {
  return [
    "import { createClient } from 'lookalike-client'",
    '',
    `const client = createClient({ url: ${JSON.stringify(url)} })`,
    `const { results, complete, warnings } = await client.search(${JSON.stringify(body, undefined, 2)})`,
  ].join('\n')
}
