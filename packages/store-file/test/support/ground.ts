import type { MetadataStore, StoreContext } from '@sessionkeep/core'
import { opened } from '../../../disk/test/support/ground.ts'
import { type FileStoreOptions, fileStore } from '../../src/index.ts'

/** An open store, closed after the test. */
export const openedStore = (
  directory: string,
  context: Partial<StoreContext> = {},
  options: FileStoreOptions = {},
): Promise<Required<MetadataStore>> => opened(fileStore({ directory, ...options }), context)
