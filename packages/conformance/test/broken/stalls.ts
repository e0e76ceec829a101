import type { MetadataStore } from '@sessionkeep/contracts'
import { keepBusy } from '../support/keep-busy.ts'
import { soundStore } from '../support/sound-store.ts'
import type { BrokenStore } from './broken-store.ts'

const blockingWhen = (isSlow: (records: ReadonlyMap<string, unknown>) => boolean): BrokenStore['create'] => {
  return (place): MetadataStore => {
    const store = soundStore(place)
    return {
      ...store,
      async setMany(records, options) {
        if (isSlow(records)) keepBusy(150)
        await store.setMany(records, options)
      },
    }
  }
}

export const stalls: readonly BrokenStore[] = [
  {
    fault: 'compares every record of a batch with every other',
    foundBy: 'stalls.many',
    message: /kept for 1\d\d ms/,
    create: blockingWhen((records) => records.size > 200),
  },
  {
    fault: 'copies a large record too often',
    foundBy: 'stalls.large',
    message: /kept for 1\d\d ms/,
    create: blockingWhen((records) => JSON.stringify([...records]).length > 800_000),
  },
]
