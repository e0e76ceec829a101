import type { StoreCapabilities } from '@sessionkeep/contracts'
import type { Clause } from '../frame/clause.ts'
import type { StoreMeans } from './options.ts'
import type { StoreTrial } from './trial.ts'

export type StoreClause = Clause<StoreTrial, StoreCapabilities, StoreMeans>

/** Whether records can be read back. */
export const retains = (declared: StoreCapabilities): boolean => declared.retains
/** Whether records can be read back after the store was closed. */
export const isDurable = (declared: StoreCapabilities): boolean => declared.retains && declared.durability !== 'none'
/** Whether another store of the same place reads the same records. */
export const isKept = (declared: StoreCapabilities): boolean =>
  isDurable(declared) || (declared.retains && declared.shared)
