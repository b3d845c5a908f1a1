import { generate } from 'selfsigned'

/** PEM, each. */
export interface Certificate {
  authority: string
  cert: string
  key: string
}

/** A certificate for the host name or IP address, from an authority of our own, of which nobody knows. */
export async function certificateFor(host: string): Promise<Certificate> {
  const ca = await generate([{ name: 'commonName', value: 'Shop CA' }], {
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true },
    ],
  })
  const isAddress = /^[\d.]+$/.test(host)
  const own = await generate([{ name: 'commonName', value: host }], {
    algorithm: 'sha256',
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'subjectAltName', altNames: [isAddress ? { type: 7, ip: host } : { type: 2, value: host }] },
    ],
  })
  return { authority: ca.cert, cert: own.cert, key: own.private }
}
