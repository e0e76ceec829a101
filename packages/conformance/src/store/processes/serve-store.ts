import type { MetadataStore } from '@sessionkeep/contracts'
import { codeOf } from '../../frame/check.ts'
import type { StoreSuiteOptions } from '../options.ts'
import { contextOf } from '../trial.ts'
import type { Order, Reply, Request } from './messages.ts'

/**
 * Runs a store in a process of its own for {@link storeSuite}, until the suite kills the process or ends. The option
 * `process` of the suite is the path of a module that calls this function.
 *
 * @param create - makes the store, as the suite's option `create` does
 * @example
 * ```ts
 * import { serveStore } from '@sessionkeep/conformance'
 * import { fileStore } from '@sessionkeep/store-file'
 *
 * serveStore(({ directory }) => fileStore({ directory }))
 * ```
 */
export function serveStore(create: StoreSuiteOptions['create']): void {
  const { signal } = new AbortController()
  let store: MetadataStore | undefined

  const perform = async (order: Order): Promise<unknown> => {
    if (order.verb === 'create') {
      store = await create(order.place)
      return undefined
    }
    if (!store) throw new TypeError('No store was made yet.')
    switch (order.verb) {
      case 'open':
        return store.open?.(contextOf(order.owner === undefined ? {} : { owner: order.owner }))
      case 'set':
        return store.setMany(new Map(order.records), { signal })
      case 'delete':
        return store.deleteMany(order.names, { signal })
      case 'get':
        return [...(await store.getMany(order.names, { signal }))]
      case 'close':
        return store.close?.()
    }
  }
  const reply = (answer: Reply) => process.send?.(answer)
  process.on('message', ({ id, order }: Request) => {
    perform(order).then(
      (value) => reply(value === undefined ? { id } : { id, value }),
      (error: unknown) => reply({ id, failed: { code: codeOf(error), message: String(error) } }),
    )
  })
  process.on('disconnect', () => process.exit(0))
}
