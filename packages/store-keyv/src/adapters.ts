import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { StoreError } from '@sessionkeep/contracts'

const VERSIONS = {
  '@redis/client': '5.12.1',
  pg: '8.23.1',
  sqlite3: '5.1.7',
  etcd3: '1.1.2',
} as const

/** A package that a URI needs, and that the user of this package installs. */
export type AdapterPackage = keyof typeof VERSIONS

/** Imports a client library. */
export async function importAdapter(name: AdapterPackage): Promise<Readonly<Record<string, unknown>>> {
  const path = locate(name)
  return await import(pathToFileURL(path).href)
}

/** Loads a client library that is a CommonJS module. */
export function requireDriver(name: AdapterPackage): unknown {
  const path = locate(name)
  return createRequire(path)(path)
}

/** Whether a package can be found. */
export function isInstalled(name: AdapterPackage): boolean {
  try {
    locate(name)
    return true
  } catch {
    return false
  }
}

/**
 * Finds the package from this package or, since strict installers separate packages, from the directory in which the
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

/** The error of a package that is not installed. */
export function missing(name: AdapterPackage, cause?: unknown): StoreError {
  const command = `npm install ${name}@${VERSIONS[name]}`
  const other = name === 'sqlite3' ? 'Node 22.13 or later, or ' : ''
  return new StoreError('STORE_MISCONFIGURED', `This store needs ${other}the package ${name}. Install it: ${command}`, {
    cause,
    context: { package: name },
  })
}
