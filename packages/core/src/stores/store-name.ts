import { isWellFormed } from '../base/text.ts'
import { StoreError } from '../errors/store-error.ts'

/** Throws `STORE_INVALID_NAME` for the names that no store takes: empty, with a NUL, or with a lone surrogate. */
export function assertStoreName(name: string): void {
  const fault =
    name === ''
      ? 'is empty'
      : name.includes('\0')
        ? 'contains a NUL'
        : isWellFormed(name)
          ? undefined
          : 'is not well-formed Unicode'
  if (fault) {
    throw new StoreError('STORE_INVALID_NAME', `A record cannot be stored under this name: it ${fault}.`, {
      context: { name },
    })
  }
}
