import { join } from 'node:path'
import { isWellFormed, StoreError } from '@sessionkeep/core/store'
import { encodeName } from '@sessionkeep/disk'

/** Where the records of a namespace are. Folded always: whether the disk folds case is not known before the directory is there. */
export function recordsDirectory(root: string, namespace: string | undefined): string {
  if (namespace === undefined) return root
  if (!isWellFormed(namespace)) {
    throw new StoreError('STORE_INVALID_NAME', 'The namespace has a lone surrogate in it.', { context: { namespace } })
  }
  return join(root, encodeName(namespace, true))
}
