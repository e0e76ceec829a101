import type { SessionPool } from '@sessionkeep/core'

/** The verbs of a pool that a drill uses; all of them are public. */
export type DrilledPool = Pick<
  SessionPool<unknown>,
  | 'getOrCreateSession'
  | 'getSession'
  | 'getStats'
  | 'withRequest'
  | 'saveSessionMetadata'
  | 'deleteSession'
  | 'switchStore'
  | 'rollback'
  | 'persistence'
>
