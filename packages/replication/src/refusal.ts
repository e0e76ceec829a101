import { StoreError } from '@sessionkeep/contracts'
import type { AnsweredCopy } from './store-answer.ts'

/** Why the value that is stored under a name must not be overwritten; undefined if it may be. */
export function refusalOf(name: string, copy: AnsweredCopy | undefined, canSetAside: boolean): StoreError | undefined {
  if (copy?.kind === 'newer') {
    return new StoreError(
      'STORE_RECORD_NEWER',
      `A newer release wrote the record of ${name} (schemaVersion ${copy.schemaVersion}); it is left alone. Upgrade this gateway to use it.`,
    )
  }
  if (copy?.kind === 'foreign') {
    return new StoreError(
      'STORE_RECORD_FOREIGN',
      `The record of ${name} belongs to the pool ${copy.pool}; it is left alone. Give the two pools different prefixes, or a poolId each.`,
    )
  }
  if (copy?.kind === 'elsewhere') {
    return new StoreError(
      'STORE_RECORD_FOREIGN',
      `The record of ${name} is of a session that lives elsewhere; it is left alone. ${copy.detail}`,
    )
  }
  if (copy?.kind === 'unreadable' && !canSetAside) {
    return new StoreError(
      'STORE_RECORD_UNREADABLE',
      `The record of ${name} cannot be read (${copy.reason}), and this store cannot set it aside; repair or remove it.`,
    )
  }
  return undefined
}
