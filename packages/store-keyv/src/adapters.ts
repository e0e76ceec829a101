import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { StoreError } from '@sessionkeep/contracts'

const VERSIONS = {
  '@keyv/redis': '5.1.6',
  '@keyv/postgres': '2.2.3',
  '@keyv/sqlite': '4.0.8',
  '@keyv/etcd': '2.1.1',
} as const

export type AdapterPackage = keyof typeof VERSIONS

/** Imports the module of an adapter. */
export async function importAdapter(name: AdapterPackage): Promise<Readonly<Record<string, unknown>>> {
  const path = locate(name)
  return await import(pathToFileURL(path).href)
}

/** Loads the client library on which the adapter depends. */
export function requireClient(name: AdapterPackage, client: string): unknown {
  return createRequire(locate(name))(client)
}

/**
 * Finds the adapter from this package or, since strict installers separate packages, from the directory in which the
 * program runs.
 */
function locate(name: AdapterPackage): string {
  const bases = [import.meta.url, join(process.cwd(), 'package.json')]
  const causes: unknown[] = []
  for (const base of bases) {
    try {
      return createRequire(base).resolve(name)
    } catch (error) {
      causes.push(error)
    }
  }
  throw missing(name, causes[0])
}

/** The error of an adapter that is not installed. */
export function missing(name: AdapterPackage, cause?: unknown): StoreError {
  const command = `npm install ${name}@${VERSIONS[name]}`
  return new StoreError('STORE_MISCONFIGURED', `This store needs the package ${name}. Install it: ${command}`, {
    cause,
    context: { package: name },
  })
}
