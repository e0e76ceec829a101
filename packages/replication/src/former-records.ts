import type { StoreCalls } from '@sessionkeep/contracts/internal'

/**
 * The calls of a store that also answer with records which still lie under a former id of the pool. While a gateway with that
 * id writes, they cannot be moved, and their sessions would look as if nothing were stored of them.
 */
export function withFormerRecords(calls: StoreCalls, former: ReadonlyMap<string, unknown>): StoreCalls {
  const withFormer = (names: string[]) => (former.size === 0 ? names : [...new Set([...names, ...former.keys()])])
  return {
    ...calls,
    async read(names, signal) {
      const answer = await calls.read(names, signal)
      for (const name of names)
        if (former.has(name) && !answer.found.has(name) && !answer.failed.has(name))
          answer.found.set(name, former.get(name))
      return answer
    },
    list: async () => withFormer(await calls.list()),
    async listAtMost(most) {
      const names = await calls.listAtMost(most)
      return names && withFormer(names)
    },
  }
}
