import type { Fixture } from '../fixtures/fixture.ts'
import type { Result } from '../report/result.ts'

export interface Extent {
  readonly quick: boolean
}

export type Measurement = (fixture: Fixture, extent: Extent) => Promise<Omit<Result, 'name'>>
