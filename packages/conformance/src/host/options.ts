import type { SessionHost } from '@sessionkeep/core'
import type { Place } from '../frame/place.ts'
import type { SuiteReport } from '../frame/report.ts'

/** What can be done to sessions from outside; each that is given has more promises tried. */
export interface HostCauses {
  /** Renames a session of this place as a person would, behind the host's back. */
  rename?(place: Place, from: string, to: string): void | Promise<void>
  /** Makes it unknowable which sessions of this place live, without ending any; answers how to undo that. */
  outage?(place: Place): (() => void | Promise<void>) | Promise<() => void | Promise<void>>
}

export interface HostSuiteOptions {
  /** Whether sessions run the `command` they are created with, in its `cwd` and `env`, and show its output. Default false. */
  readonly runsCommands?: boolean | undefined
  /** A host. Hosts of the same place have the same sessions; those of different places have none in common. */
  create(place: Place): SessionHost | Promise<SessionHost>
  readonly cause?: HostCauses | undefined
  /** Milliseconds for one clause. Default 20,000. */
  readonly timeoutMs?: number | undefined
  /** Called after the last clause, when a runner runs the tests in order. */
  onReport?(report: SuiteReport): void
}

/** What a clause may need beyond `create`. */
export type HostMeans = `cause.${keyof HostCauses}`

export interface HostDeclared {
  readonly runsCommands: boolean
}
