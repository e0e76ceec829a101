import { readFile } from 'node:fs/promises'
import { codeOf, StoreError } from '@sessionkeep/contracts'
import type { KeyvStoreOptions } from './options.ts'

/** What a client needs for TLS, as `tls.connect()` takes it. */
export interface Tls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
}

/** Whether a text is a certificate or key itself, and not the path of its file. */
export function isPem(text: string): boolean {
  return text.includes('-----BEGIN ')
}

/**
 * Reads the files of certificates and keys. Called for each connection, so that a renewed certificate is used.
 *
 * @throws `STORE_MISCONFIGURED` for a file that cannot be read
 */
export async function readTls({ tlsCa, tlsCert, tlsKey, tlsServerName }: KeyvStoreOptions): Promise<Tls> {
  const [ca, cert, key] = await Promise.all([pemOf('tlsCa', tlsCa), pemOf('tlsCert', tlsCert), pemOf('tlsKey', tlsKey)])
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(tlsServerName !== undefined && { servername: tlsServerName }),
  }
}

async function pemOf(option: string, given: string | undefined): Promise<string | undefined> {
  if (given === undefined || isPem(given)) return given
  try {
    return await readFile(given, 'utf8')
  } catch (cause) {
    throw new StoreError('STORE_MISCONFIGURED', `The file of ${option} cannot be read (${codeOf(cause)}): ${given}`, {
      cause,
      context: { option, path: given },
    })
  }
}
