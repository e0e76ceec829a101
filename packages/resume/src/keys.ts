import { type LaunchPlace, messageOf } from '@sessionkeep/contracts'
import type { EndedSession } from './ended-session.ts'

/** What the keys of a session are made from. */
export type Keyed = Pick<EndedSession<unknown>, 'workspace' | 'attributes' | 'place'>

type KeysOf = ((session: Keyed) => readonly string[]) | undefined

/** What `keys()` is given of a session. */
export function keyedOf({ workspace, attributes, place }: Keyed & { readonly place?: LaunchPlace }): Keyed {
  return { workspace, ...(attributes !== undefined && { attributes }), ...(place && { place }) } as Keyed
}

/**
 * Makes the list of the keys that living sessions have. Only one session may have a key. If the gateway's `keys()` fails for a
 * living session, its keys are not known, and every other session conflicts with it.
 */
export function createKeysInUse(keysOf: KeysOf, living: readonly Keyed[]) {
  const holders = new Map<string, string>()
  let failure: string | undefined

  const add = (session: Keyed): void => {
    const keys = read(keysOf, session)
    if (typeof keys === 'string') failure ??= keys
    else for (const key of keys) holders.set(key, session.workspace)
  }
  for (const session of living) add(session)

  return {
    add,
    /** Why a session must not run beside the living ones; undefined if it may. */
    conflict(session: Keyed): string | undefined {
      const keys = read(keysOf, session)
      if (typeof keys === 'string') return keys
      for (const key of keys) {
        const holder = holders.get(key)
        if (holder !== undefined && holder !== session.workspace) return `${key} is in use by ${holder}`
      }
      return keysOf && failure
    },
  }
}

export type KeysInUse = ReturnType<typeof createKeysInUse>

/** The keys of a session, or the reason why they are not known. */
function read(keysOf: KeysOf, session: Keyed): readonly string[] | string {
  if (!keysOf) return []
  try {
    const keys: unknown = keysOf(session)
    if (Array.isArray(keys) && keys.every((key) => typeof key === 'string')) return keys
    return `keys() of ${session.workspace} returned no list of texts`
  } catch (error) {
    return `keys() of ${session.workspace} failed: ${messageOf(error)}`
  }
}
