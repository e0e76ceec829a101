import type { PoolCore } from '../../context/pool-core.ts'
import type { Survey } from '../../discovery/survey.ts'
import type { Epochs } from './commit.ts'
import type { Leaving } from './leaving.ts'

/** What the steps of a switch share. */
export interface SwitchContext {
  readonly core: PoolCore
  readonly survey: Survey
  readonly epochs: Epochs
  readonly leaving: Leaving
}
