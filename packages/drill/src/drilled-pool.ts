import type { SessionPool } from '@sessionkeep/core'

/** What a drill needs of a pool: public verbs, and nothing behind them. */
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
