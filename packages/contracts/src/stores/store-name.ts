import { isWellFormed } from '../base/text.ts'
import { StoreError } from '../errors/store-error.ts'

/** Refuses names that no store takes: the empty name, and names with a NUL or a lone surrogate. @throws `STORE_INVALID_NAME` */
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
