import type { MetadataStore } from '@sessionkeep/core'
import { codeOf } from '../../frame/check.ts'
import type { StoreSuiteOptions } from '../options.ts'
import { contextOf } from '../trial.ts'
import type { Order, Reply, Request } from './messages.ts'

/**
 * The whole of the module that `storeSuite` runs in processes of its own: does what the suite asks of a store made by
 * `create`, until the process is killed or the suite ends.
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
