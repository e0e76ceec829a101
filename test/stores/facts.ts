import { join } from 'node:path'
import { type MetadataStore, memoryStore, noneStore } from '@sessionkeep/core'
import { fileStore } from '@sessionkeep/store-file'
import { keyvStore } from '@sessionkeep/store-keyv'
import { lowdbStore } from '@sessionkeep/store-lowdb'
import plugin, { unstorageStore } from 'sessionkeep-store-unstorage'

/** One row of the page "choose a store". */
export interface StoreFact {
  /** The name in the configuration, with the engine if there are several. */
  readonly title: string
  /** The packages to install besides core and tmux. */
  readonly packages: readonly string[]
  readonly limits: string
  /** The server that the store needs, if any. */
  readonly server?: 'redis' | 'postgres' | 'etcd'
  /** Whether the open store may declare a higher durability than before open(). */
  readonly isAsked?: boolean
  /** Makes a store that is not open; `uri` is the address of its server. */
  make(directory: string, uri?: string): MetadataStore
}

const CLIENTS = { Redis: '@redis/client', Postgres: 'pg', SQLite: 'sqlite3', etcd: 'etcd3' } as const

const keyv = (engine: keyof typeof CLIENTS, limits: string, more: Partial<StoreFact>): StoreFact => ({
  title: `\`keyv\` on ${engine}`,
  packages: ['@sessionkeep/store-keyv', CLIENTS[engine]],
  limits,
  isAsked: true,
  make: (_, uri = `${engine.toLowerCase()}://127.0.0.1`) => keyvStore({ uri }),
  ...more,
})

export const STORES: readonly StoreFact[] = [
  {
    title: '`file`',
    packages: ['@sessionkeep/store-file'],
    limits: 'one gateway writes at a time; needs a local file system',
    make: (directory) => fileStore({ directory: join(directory, 'sessions') }),
  },
  {
    title: '`lowdb`',
    packages: ['@sessionkeep/store-lowdb'],
    limits: 'one gateway at a time; the whole document is written at each change',
    make: (directory) => lowdbStore({ file: join(directory, 'records.json') }),
  },
  keyv('SQLite', 'one gateway at a time; before Node 22.13 it needs `sqlite3`, which compiles where no binary fits', {
    make: (directory) => keyvStore({ uri: `sqlite://${join(directory, 'records.sqlite')}` }),
  }),
  keyv('Redis', 'one server: a failover may lose what was acknowledged', { server: 'redis' }),
  keyv('Postgres', 'needs rights on its table', { server: 'postgres' }),
  keyv('etcd', 'a record must be under 1 MB; 128 records a transaction', { server: 'etcd' }),
  {
    title: `\`${plugin.name}\` on fs`,
    packages: [plugin.name],
    limits: 'an example of a store by somebody else; a kill can tear the record that is being written',
    make: (directory) => {
      const options = { base: join(directory, 'unstorage') }
      return unstorageStore('fs', options, plugin.create({ driver: 'fs', options }, { logger: console }).capabilities)
    },
  },
  {
    title: '`memory`',
    packages: [],
    limits: 'for a rollback: a restart keeps only `createdAt`, by the stamp on the session',
    make: () => memoryStore(),
  },
  {
    title: '`none`',
    packages: [],
    limits: 'the same as `memory`; logs at start what it costs',
    make: () => noneStore(),
  },
]
