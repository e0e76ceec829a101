import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ENGINES, type ServerEngine } from '../../packages/store-keyv/test/support/engines.ts'
import { sqliteHome } from '../../packages/store-keyv/test/support/prerequisites.ts'

/** A store that several gateways share. */
export interface SharedStore {
  /** The URI. If each owner has a file, `{owner}` in it is to be replaced by the owner. */
  readonly uri: string
  /** The working directory of the gateways. @defaultValue that of this process */
  readonly cwd?: string | undefined
  /** Whether another gateway takes over from a stopped one. It does not where a lock of the kernel stays with its process. */
  readonly takesOver: boolean
}

/** One kind of store that the tests of hand-overs use. */
export interface Engine {
  readonly isThere: boolean
  /** Makes a store that is removed after the test. */
  readonly make: () => Promise<SharedStore>
}

const onServer = ({ isThere, make, uri }: ServerEngine): Engine => ({
  isThere,
  async make() {
    const server = await make()
    onTestFinished(() => server.remove())
    await server.start()
    return { uri: uri(server.port), takesOver: true }
  },
})

const onFiles = async (): Promise<SharedStore> => {
  const directory = mkdtempSync(join(tmpdir(), 'hand-overs-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return { uri: `sqlite://${directory}/{owner}.db`, cwd: sqliteHome, takesOver: false }
}

export const redis = onServer(ENGINES.redis)
export const postgres = onServer(ENGINES.postgres)
export const etcd = onServer(ENGINES.etcd)
export const sqlite: Engine = {
  isThere: sqliteHome !== undefined,
  make: onFiles,
}
