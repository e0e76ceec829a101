import { StoreError } from '@sessionkeep/core'

export function unusable(file: string, why: string, cause?: unknown): StoreError {
  return new StoreError(
    'STORE_MISCONFIGURED',
    `The document ${file} cannot be used, and was left as it is: ${why}. Move it away, or name another file.`,
    { ...(cause === undefined ? {} : { cause }), context: { file } },
  )
}

export function replaced(file: string): StoreError {
  return new StoreError(
    'STORE_CLOSED',
    `The document ${file} was changed, replaced or removed by somebody else. What is in it now is not known; open() reads it anew.`,
    { context: { file } },
  )
}
