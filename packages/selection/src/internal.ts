export { checkSelection } from './check-selection.ts'
export { defaultLogger } from './default-logger.ts'
export { POOL_ID_VARIABLE } from './environment.ts'
export { loadStore } from './load-store.ts'
export { metadataOptions } from './metadata-schema.ts'
export { withOrigin } from './origin.ts'
export { parseSelection } from './parse-selection.ts'
export {
  type DesiredSelection,
  isNone,
  isOff,
  isOffByName,
  nameOfChoice,
  OFF,
  type SelectionLayer,
  type StoreChoice,
} from './selection.ts'
export { createSelectionLayers, type SelectionLayers } from './selection-layers.ts'
export { type FormerNamespace, identityIn, ownerOf, type PoolIdentity, type StoreIdentity } from './store-identity.ts'
export type { WrittenStores } from './store-options.ts'
