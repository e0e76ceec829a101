import type { Fixture } from '../fixtures/fixture.ts'
import type { Result } from '../report/result.ts'
import { activity } from './activity.ts'
import { burst } from './burst.ts'
import { busy } from './busy.ts'
import { create } from './create.ts'
import { discovery } from './discovery.ts'
import { ends } from './ends.ts'
import { flush } from './flush.ts'
import { large } from './large.ts'
import { living } from './living.ts'
import type { Extent, Measurement } from './measurement.ts'
import { memory } from './memory.ts'
import { peers } from './peers.ts'
import { save } from './save.ts'
import { steps } from './steps.ts'
import { tmux } from './tmux.ts'

/** All measurements, in the order of the report. */
const all = {
  activity,
  burst,
  create,
  busy,
  tmux,
  steps,
  ends,
  discovery,
  living,
  large,
  memory,
  save,
  flush,
  peers,
} satisfies Record<string, Measurement>

export type MeasurementName = keyof typeof all

export const names = Object.keys(all) as MeasurementName[]

export async function measure(name: MeasurementName, fixture: Fixture, extent: Extent): Promise<Result> {
  return { name, ...(await all[name](fixture, extent)) }
}
