import { parseRecord, type StoredRecord, serializeRecord } from '@sessionkeep/contracts'
import type { StoreCalls } from '@sessionkeep/contracts/internal'

/** Merges the present record of a name, if there is one, with one that lies under a former id; undefined if the present one counts. */
type Merge = (present: StoredRecord | undefined) => StoredRecord | undefined

/** Makes the list of records that still lie under a former id of the pool. */
export function createFormerRecords() {
  const merges = new Map<string, Merge[]>()
  return {
    size: (): number => merges.size,
    names: (): Iterable<string> => merges.keys(),
    add: (name: string, merge: Merge): void => void merges.set(name, [...(merges.get(name) ?? []), merge]),
    clear: (): void => merges.clear(),
    /** What counts as stored under a name, if the store itself has `raw` there; undefined if nothing does. */
    seenAs: (name: string, raw: unknown): unknown => (merges.get(name) ?? []).reduce<unknown>(mergedRaw(name), raw),
  }
}

/** The records that still lie under a former id of the pool. */
export type FormerRecords = ReturnType<typeof createFormerRecords>

const mergedRaw =
  (name: string) =>
  (raw: unknown, merge: Merge): unknown => {
    const present = raw === undefined ? undefined : parseRecord(name, raw)
    if (present && present.kind !== 'found') return raw
    try {
      const merged = merge(present?.record)
      return merged ? serializeRecord(merged) : raw
    } catch {
      // The host does not say which session lives, so that the present record counts for now.
      return raw
    }
  }

/**
 * The calls of a store that also answer with records which still lie under a former id of the pool. While a gateway with that
 * id writes, they cannot be moved, and their sessions would look as if nothing were stored of them.
 */
export function withFormerRecords(calls: StoreCalls, former: FormerRecords): StoreCalls {
  const withFormer = (names: string[]) => (former.size() === 0 ? names : [...new Set([...names, ...former.names()])])
  return {
    ...calls,
    async read(names, signal) {
      const answer = await calls.read(names, signal)
      if (former.size() === 0) return answer
      for (const name of names) {
        const seen = answer.failed.has(name) ? undefined : former.seenAs(name, answer.found.get(name))
        if (seen !== undefined) answer.found.set(name, seen)
      }
      return answer
    },
    list: async () => withFormer(await calls.list()),
    async listAtMost(most) {
      const names = await calls.listAtMost(most)
      return names && withFormer(names)
    },
  }
}
