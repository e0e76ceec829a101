import type { Ground } from '../ground/directories.ts'
import type { Result } from '../report/result.ts'

export interface Extent {
  readonly quick: boolean
}

export type Measurement = (ground: Ground, extent: Extent) => Promise<Omit<Result, 'name'>>
