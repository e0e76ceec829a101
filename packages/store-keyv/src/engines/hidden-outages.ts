import { StoreError } from '@sessionkeep/contracts'
import type { AdapterLike } from './adapter-like.ts'

/**
 * Refuses an adapter whose batches resolve although each single call in them has failed. To find out, this calls the
 * batches of an object that inherits everything from the adapter, but whose single calls fail. A batch that makes no
 * single calls is carried out, so `key` must be one that is never stored, and a reader removes nothing. Rejects once the
 * signal is aborted, and calls nothing more.
 *
 * @throws `STORE_MISCONFIGURED`
 */
export async function refuseHiddenOutages(
  adapter: AdapterLike,
  { key, readOnly, signal }: { readonly key: string; readonly readOnly: boolean; readonly signal: AbortSignal },
): Promise<void> {
  for (const [batch, single] of [
    ['getMany', 'get'],
    ['deleteMany', 'delete'],
  ] as const) {
    if (readOnly && batch === 'deleteMany') continue
    let isAsked = false
    const fails = async () => {
      isAsked = true
      throw new Error('a test of how failures are reported')
    }
    const failing: AdapterLike = Object.create(adapter, { [single]: { value: fails } })
    const isHidden = await Promise.resolve()
      .then(() => failing[batch]?.([key]))
      .then(
        () => isAsked,
        () => false,
      )
    signal.throwIfAborted()
    if (!isHidden) continue
    throw new StoreError(
      'STORE_MISCONFIGURED',
      `This Keyv adapter answers ${batch}() as if nothing were stored when ${single}() fails, so that an outage would look like the loss of every record. For etcd, give a URI such as etcd://localhost:2379 instead.`,
    )
  }
}

/**
 * A value under a key that no record has. It is read with everything that may turn out to be absent. If it is missing although
 * it was there, the adapter hides that its server does not answer, or the server has lost its data. Then nothing is known to
 * be absent.
 */
export interface Witness {
  readonly key: string
  /** Whether it was ever found. A reader cannot check the answers before a writer has stored it. */
  readonly wasFound: boolean
  /** Throws if what was read lacks the value although it was found before. */
  assertIn(found: ReadonlyMap<string, unknown>): void
}

/** Makes a witness. `onLost` is called when it is missing. */
export function witnessOf(key: string, onLost: (error: unknown) => void): Witness {
  let wasFound = false
  return {
    key,
    get wasFound() {
      return wasFound
    },
    assertIn(found) {
      if (found.has(key)) wasFound = true
      else if (wasFound) {
        const error = notFound()
        onLost(error)
        throw error
      }
    },
  }
}

/** The error of an adapter that does not have what was just stored. */
export function notFound(): StoreError {
  return new StoreError(
    'STORE_UNAVAILABLE',
    'The Keyv adapter does not find what was just stored: its server does not answer, or has lost what it had.',
  )
}
