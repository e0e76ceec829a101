import { mkdirSync } from 'node:fs'
import type { MetadataStore } from '@sessionkeep/core'
import { ENGINES } from '../../packages/store-keyv/test/support/engines.ts'
import { redisServer } from '../../packages/store-keyv/test/support/servers.ts'
import type { StoreFact } from './facts.ts'

const SERVERS = {
  ...ENGINES,
  redis: { ...ENGINES.redis, make: () => redisServer('--appendonly', 'yes', '--appendfsync', 'always') },
} as const

/** Whether the program of a server is there. */
export const isFound = (name: keyof typeof SERVERS): boolean => SERVERS[name].isThere

/** Starts a server of its own. */
export async function started(name: keyof typeof SERVERS) {
  const { make, uri } = SERVERS[name]
  const server = await make()
  await server.start()
  return { uri: uri(server.port), remove: server.remove }
}

export interface OpenedFact {
  readonly fact: StoreFact
  /** Undefined if the store is not available on this machine. */
  readonly store: MetadataStore | undefined
  end(): Promise<void>
}

/** Opens the store of a row, with a server and a directory of its own. */
export async function opened(fact: StoreFact, directory: string): Promise<OpenedFact> {
  const server = fact.server && isFound(fact.server) ? await started(fact.server) : undefined
  const end = async () => server?.remove()
  try {
    mkdirSync(directory)
    const store = fact.make(directory, server?.uri)
    await store.open?.({ signal: new AbortController().signal, logger: console })
    return { fact, store, end: async () => store.close?.().finally(end) }
  } catch (error) {
    console.error(`${fact.title} is not measured: ${error}`)
    return { fact, store: undefined, end }
  }
}
