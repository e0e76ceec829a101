import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { StoreError } from '@sessionkeep/core/store'

const VERSIONS = {
  '@keyv/redis': '5.1.6',
  '@keyv/postgres': '2.2.3',
  '@keyv/sqlite': '4.0.8',
  '@keyv/etcd': '2.1.1',
} as const

export type AdapterPackage = keyof typeof VERSIONS

/** The adapter's own module. */
export async function importAdapter(name: AdapterPackage): Promise<Readonly<Record<string, unknown>>> {
  const path = locate(name)
  return await import(pathToFileURL(path).href)
}

/** The client that the adapter brings with it, by the adapter's own dependency. */
export function requireClient(name: AdapterPackage, client: string): unknown {
  return createRequire(locate(name))(client)
}

/** From where this package is installed, else from where the program runs: strict installers keep the two apart. */
function locate(name: AdapterPackage): string {
  const places = [import.meta.url, join(process.cwd(), 'package.json')]
  const causes: unknown[] = []
  for (const place of places) {
    try {
      return createRequire(place).resolve(name)
    } catch (error) {
      causes.push(error)
    }
  }
  throw missing(name, causes[0])
}

export function missing(name: AdapterPackage, cause?: unknown): StoreError {
  const command = `npm install ${name}@${VERSIONS[name]}`
  return new StoreError('STORE_MISCONFIGURED', `This store needs the package ${name}. Install it: ${command}`, {
    cause,
    context: { package: name },
  })
}
