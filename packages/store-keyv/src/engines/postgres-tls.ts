import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { Tls } from '../tls.ts'

/** The TLS options of `pg`. Undefined: the URI alone decides, by `sslmode`. */
export function tlsOptions({ servername, ...files }: Tls): object | undefined {
  if (servername === undefined && Object.keys(files).length === 0) return undefined
  // pg replaces `servername` by the host of the URI.
  const byName = servername !== undefined && {
    checkServerIdentity: (_: string, certificate: PeerCertificate) => checkServerIdentity(servername, certificate),
  }
  return { ...files, ...byName }
}
