import type { Logger } from '@sessionkeep/contracts'
import type { Connection } from './connection.ts'
import type { KeySpace } from './keys.ts'

/** The prefixes that a `Keyv` with its default namespace, and adapters with a default namespace of their own, put before each key. */
const BEFORE = ['keyv:', 'keyv::keyv:', 'keyv:keyv:']

/**
 * Warns of records of this pool that were written through a `Keyv` instance: the instance puts its namespace before each
 * key, and a store with a URI does not. Called when nothing else is stored, because a program that changed from an instance
 * to a URI would start without its records.
 */
export async function warnOfKeyvNamespaces(
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
