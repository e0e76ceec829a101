import type { SessionHost } from '@sessionkeep/contracts/host'
import type { Place } from '../frame/place.ts'
import type { SuiteReport } from '../frame/report.ts'

/** Functions that change sessions, or make a host fail. With each function that is given, the suite tests more promises. */
export interface HostCauses {
  /** Renames a session of this place without the host, as a person would. */
  rename?(place: Place, from: string, to: string): void | Promise<void>
  /** Creates a session of this place without the host and without a stamp, as a person would. */
  add?(place: Place, sessionName: string): void | Promise<void>
  /**
   * Makes the host of this place unable to list its sessions, without ending any.
   *
   * @returns a function that ends the outage
   */
  outage?(place: Place): (() => void | Promise<void>) | Promise<() => void | Promise<void>>
}

/** The options of {@link hostSuite}. */
export interface HostSuiteOptions {
  /**
   * Whether sessions run their `command` with its `cwd` and `env`, and show its output.
   *
   * @defaultValue false
   */
  readonly runsCommands?: boolean | undefined
  /** Makes a host. Hosts of the same place have the same sessions; hosts of different places share none. */
  create(place: Place): SessionHost | Promise<SessionHost>
  readonly cause?: HostCauses | undefined
  /**
   * The time-out of one clause, in ms.
   *
   * @defaultValue 20000
   */
  readonly timeoutMs?: number | undefined
  /** Called after the last clause, if the runner runs the tests in order. */
  onReport?(report: SuiteReport): void
}

/** The options that a clause may need besides `create`. */
export type HostMeans = `cause.${keyof HostCauses}`

export interface HostDeclared {
  readonly runsCommands: boolean
}
