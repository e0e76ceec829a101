import { join } from 'node:path'
import type { MetadataStore, StoreContext } from '@sessionkeep/contracts'
import { built } from '../../../../test/support/built.ts'
import { opened } from '../../../disk/test/support/fixture.ts'
import { type FileStoreOptions, fileStore } from '../../src/index.ts'

/** Builds the store for child processes, which cannot run TypeScript. */
export const builtStore = (): string => built(join(import.meta.dirname, '..', '..', 'src', 'index.ts'))

/** An open store, closed after the test. */
export const openedStore = (
  directory: string,
  context: Partial<StoreContext> = {},
  options: FileStoreOptions = {},
): Promise<Required<MetadataStore>> => opened(fileStore({ directory, ...options }), context)
