import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

/** Sends the lines as they are, a blank line and the body, and gives the whole answer. A client library would refuse to. */
export async function exchange(port: number, lines: string[], body = ''): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`)
  return text(socket)
}

export function statusOf(answer: string): number {
  return Number(answer.slice('HTTP/1.1 '.length).split(' ', 1)[0])
}
