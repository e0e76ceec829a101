import { isWellFormed } from '../base/text.ts'
import { StoreError } from '../errors/store-error.ts'

/** Refuses names that no store takes: the empty name, and names with a NUL or a lone surrogate. @throws `STORE_INVALID_NAME` */
export function assertStoreName(name: string): void {
  const fault = faultOf(name)
  if (fault) {
    throw new StoreError('STORE_INVALID_NAME', `A record cannot be stored under this name: it ${fault}.`, {
      context: { name },
    })
  }
}

/** Whether a listed name is one that a store can have. */
export function isListedName(name: unknown): name is string {
  return typeof name === 'string' && faultOf(name) === undefined
}

function faultOf(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name.includes('\0')) return 'contains a NUL'
  return isWellFormed(name) ? undefined : 'is not well-formed Unicode'
}
