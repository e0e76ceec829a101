import type { StoreCapabilities } from '@sessionkeep/core/store'
import type { Clause } from '../frame/clause.ts'
import type { StoreMeans } from './options.ts'
import type { StoreTrial } from './trial.ts'

export type StoreClause = Clause<StoreTrial, StoreCapabilities, StoreMeans>

/** For `applies`: whether what was written can be read back, and whether it outlives its store. */
export const retains = ({ retains: kept }: StoreCapabilities): boolean => kept
export const isDurable = ({ durability, retains: kept }: StoreCapabilities): boolean => kept && durability !== 'none'
/** Whether another store of the same place has the same records. */
export const isKept = (declared: StoreCapabilities): boolean =>
  isDurable(declared) || (declared.retains && declared.shared)
