import type { PoolCore } from '../../sessions/pool-core.ts'
import type { Epochs } from './commit.ts'
import type { Leaving } from './leaving.ts'

/** What the steps of a switch share. */
export interface SwitchContext {
  readonly core: PoolCore
  readonly epochs: Epochs
  readonly leaving: Leaving
}
