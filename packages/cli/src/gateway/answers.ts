import * as z from 'zod'
import { session } from '../stores/stored-sessions.ts'
import { plain } from '../text/plain.ts'

const faulty = z.looseObject({ code: z.string(), message: z.string() })
const desired = z.looseObject({ store: z.string(), mirror: z.array(z.string()), layer: z.string() })

/** The schema of what `pool.persistence()` says, as far as this command uses it. */
export const persistence = z.looseObject({
  desired,
  effective: z.looseObject({ stores: z.array(z.string()), reason: z.string() }),
  stores: z.array(
    z.looseObject({
      ...{ store: z.string(), role: z.string(), state: z.string(), durability: z.string() },
      ...{ dirty: z.number(), oldestDirtyMs: z.number(), lastError: faulty.optional() },
    }),
  ),
  ...{ oldestDirtyMs: z.number(), saved: z.number(), sessions: z.number(), afterRestart: desired },
  switching: z.looseObject({ written: z.number(), total: z.number(), phase: z.string() }).optional(),
  failedSwitch: z.looseObject({ store: z.string(), error: faulty }).optional(),
})

/** What `pool.persistence()` says. */
export type Persistence = z.infer<typeof persistence>

/** Lists the active stores, and marks the one that is only kept up to date for a restart. */
export function activeStores({ effective, stores }: Persistence): string {
  const isStandby = (name: string) => stores.some(({ store, role }) => store === name && role === 'standby')
  return effective.stores.map((name) => `${plain(name)}${isStandby(name) ? ' (standby)' : ''}`).join(', ')
}

export const sessionList = z.looseObject({ sessions: z.array(session) })

export const switchReport = z.looseObject({
  ...{ changed: z.boolean(), from: z.array(z.string()), to: z.array(z.string()), durationMs: z.number() },
  detached: z.array(z.looseObject({ store: z.string(), unsaved: z.number() })),
})

const step = z.looseObject({
  ...{ workspace: z.string(), cause: z.string().optional(), why: z.string().optional(), detail: z.string().optional() },
  error: z.unknown().optional(),
})

export const resumePlan = z.looseObject({
  ...{ host: z.string(), resume: z.array(step), offered: z.array(step), blocked: z.array(step) },
})
export const resumeReport = z.looseObject({ resumed: z.array(step), failed: z.array(step), skipped: z.array(step) })

/** A session in a plan or a report. */
export type ResumeStep = z.infer<typeof step>
