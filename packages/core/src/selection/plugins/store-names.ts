import type { MetadataStore } from '../../contracts/metadata-store.ts'
import { memoryStore } from '../../stores/memory-store.ts'
import { noneStore } from '../../stores/none-store.ts'
import { PACKAGES } from './names.ts'

/** Stores that need no install: the way back must not depend on one. */
export const BUILT_IN: Readonly<Record<string, () => MetadataStore>> = { memory: memoryStore, none: noneStore }

/** Every name that stands for a store of ours. */
export const STORE_NAMES: readonly string[] = [...Object.keys(PACKAGES), ...Object.keys(BUILT_IN)]
