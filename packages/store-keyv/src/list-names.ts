import type { Logger } from '@sessionkeep/contracts'
import type { Connection } from './connection.ts'
import { isContentFault } from './errors.ts'
import { inHalves } from './in-halves.ts'
import type { KeySpace } from './keys.ts'
import { nameWithin } from './record-text.ts'

/**
 * Lists every name of the key space once, page by page. All pages come from one connection, because a cursor is valid
 * only on its own server.
 */
export async function* listNames(
  connection: Connection,
  space: KeySpace,
  signal: AbortSignal,
  logger: Logger,
): AsyncGenerator<string> {
  const seen = new Set<string>()
  let pages: AsyncIterator<readonly string[]> | undefined
  try {
    for (;;) {
      const { done, value: keys } = await connection.use(signal, (engine) => {
        pages ??= engine.pages(space.prefix)[Symbol.asyncIterator]()
        return pages.next()
      })
      if (done) return
      const fresh = keys.filter((key) => !seen.has(key))
      for (const key of fresh) seen.add(key)
      yield* await namesOf(connection, space, fresh, signal, logger)
    }
  } finally {
    // Nobody waits for this, since a backend that hangs would block the caller who stops listing.
    pages?.return?.().then(undefined, () => undefined)
  }
}

async function namesOf(
  connection: Connection,
  space: KeySpace,
  keys: readonly string[],
  signal: AbortSignal,
  logger: Logger,
) {
  const plain = keys.map((key) => ({ key, name: space.nameOf(key) }))
  const hashed = plain.filter(({ name }) => name === undefined).map(({ key }) => key)
  const names = plain.flatMap(({ name }) => (typeof name === 'string' ? [name] : []))
  if (hashed.length === 0) return names
  const texts = new Map<string, string | undefined>()
  const refused = await connection.use(signal, (engine, given) => {
    const read = async (some: readonly string[]) => {
      for (const [key, text] of await engine.get(some, given)) texts.set(key, text)
    }
    return inHalves(hashed, given, read, isContentFault)
  })
  for (const key of hashed) {
    const name = nameWithin(texts.get(key))
    if (name !== undefined && space.key(name) === key) names.push(name)
    else if (texts.has(key) || refused.has(key))
      logger.warn({ key }, 'A record with a long name cannot be read, and its name is inside it')
  }
  return names
}
