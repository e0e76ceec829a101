import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { program, sqliteHome } from '../../packages/store-keyv/test/support/prerequisites.ts'
import type { Server } from '../../packages/store-keyv/test/support/server.ts'
import {
  etcdServer,
  etcdUri,
  postgresServer,
  postgresUri,
  redisServer,
  redisUri,
} from '../../packages/store-keyv/test/support/servers.ts'

/** A store that several gateways share. */
export interface SharedStore {
  /** `{owner}` in it stands for the owner, where each has a file. */
  readonly uri: string
  /** The working directory of the gateways. @defaultValue that of this process */
  readonly cwd?: string | undefined
  /** Whether another gateway takes over from one that is stopped. A lock of the kernel stays with its process. */
  readonly takesOver: boolean
}

/** One kind of store that the tests of hand-overs use. */
export interface Engine {
  readonly isThere: boolean
  /** Makes a store that is removed after the test. */
  readonly make: () => Promise<SharedStore>
}

const onServer = async (made: Promise<Server>, uriOf: (port: number) => string): Promise<SharedStore> => {
  const server = await made
  onTestFinished(() => server.remove())
  await server.start()
  return { uri: uriOf(server.port), takesOver: true }
}

const onFiles = async (): Promise<SharedStore> => {
  const directory = mkdtempSync(join(tmpdir(), 'hand-overs-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return { uri: `sqlite://${directory}/{owner}.db`, cwd: sqliteHome, takesOver: false }
}

export const redis: Engine = {
  isThere: program.redis !== undefined,
  make: () => onServer(redisServer(), redisUri),
}
export const postgres: Engine = {
  isThere: program.initdb !== undefined,
  make: () => onServer(postgresServer(), postgresUri),
}
export const etcd: Engine = {
  isThere: program.etcd !== undefined,
  make: () => onServer(etcdServer(), etcdUri),
}
export const sqlite: Engine = {
  isThere: sqliteHome !== undefined,
  make: onFiles,
}
