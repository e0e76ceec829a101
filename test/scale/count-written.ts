import type { MetadataStore } from '@sessionkeep/core'

/** Wraps a store, so that `whenWritten()` fulfils once so many records were written. */
export function countWritten(inner: MetadataStore) {
  let left = 0
  let tell: () => void = () => undefined
  const setMany: MetadataStore['setMany'] = async (records, options) => {
    await inner.setMany(records, options)
    left -= records.size
    if (left <= 0) tell()
  }
  return {
    store: { ...inner, setMany, capabilities: inner.capabilities },
    whenWritten(count: number): Promise<void> {
      left = count
      return new Promise((resolve) => {
        tell = resolve
      })
    },
  }
}
