import type { Logger } from '@sessionkeep/contracts'
import type { Connection } from './connection.ts'
import type { KeySpace } from './keys.ts'

/** What a `Keyv` with its default namespace, and adapters that have one too, put before each key. */
const BEFORE = ['keyv:', 'keyv::keyv:', 'keyv:keyv:']

/**
 * Looks for records of this pool that were written through a `Keyv` instance, which puts its namespace before each key; a URI
 * does not. Called when nothing else is stored, to warn a program that changed from an instance to a URI and would start
 * without its records.
 */
export async function tellOfKeyv(
  connection: Connection,
  { prefix }: KeySpace,
  server: string,
  logger: Logger,
): Promise<void> {
  const { signal } = new AbortController()
  for (const before of BEFORE) {
    const pages = await connection.use(signal, async (engine) => engine.pages(before + prefix)[Symbol.asyncIterator]())
    for (;;) {
      const { done, value = [] } = await connection.use(signal, () => pages.next())
      if (done) break
      if (value.length === 0) continue
      logger.warn(
        { code: 'STORE_KEYV_NAMESPACE', server, keys: `${before}${prefix}*` },
        'Records that were written through a Keyv instance are not read through a URI - move them with a mirror',
      )
      return
    }
  }
}
