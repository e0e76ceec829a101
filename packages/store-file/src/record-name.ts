import { isWellFormed, StoreError } from '@sessionkeep/core/store'

/** Rejects the names that no store takes. */
export function assertRecordNames(names: Iterable<string>): void {
  for (const name of names) {
    const fault = faultOf(name)
    if (fault) {
      throw new StoreError('STORE_INVALID_NAME', `No record can have this name: it ${fault}.`, { context: { name } })
    }
  }
}

function faultOf(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name.includes('\0')) return 'has a NUL in it'
  return isWellFormed(name) ? undefined : 'has a lone surrogate in it'
}
