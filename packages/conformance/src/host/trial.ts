import type { CreateSessionOptions, SessionHost } from '@sessionkeep/contracts/host'
import { settle } from '../frame/check.ts'
import type { Clause } from '../frame/clause.ts'
import type { Place } from '../frame/place.ts'
import { createRestores } from '../frame/restores.ts'
import { withTimeout } from '../frame/timeouts.ts'
import type { HostDeclared, HostMeans, HostSuiteOptions } from './options.ts'

/** The functions that a clause about hosts gets. Every session of the place is ended after the clause. */
export interface HostTrial {
  readonly place: Place
  /** Opens a host of this place. */
  open(): Promise<SessionHost>
  /** Renames a session without the host. */
  rename(from: string, to: string): Promise<void>
  /** Creates a session without the host and without a stamp. */
  add(sessionName: string): Promise<void>
  /** Causes an outage, which ends after the clause at the latest. */
  outage(): Promise<() => Promise<void>>
}

export type HostClause = Clause<HostTrial, HostDeclared, HostMeans>

/** The stamps of the sessions that the clauses create. */
export const STAMPS = { pool: 'conformance', workspace: 'demo', createdAt: 1_700_000_000_123 } as const

/** The options of a session that shows the text typed into it. */
export const ECHOING: CreateSessionOptions = { ...STAMPS, command: ['cat'] }

/** Begins a clause. `end()` ends its sessions, and then closes its hosts, each within `endMs`. */
export function beginHostTrial(
  options: HostSuiteOptions,
  place: Place,
  endMs: number,
): { trial: HostTrial; end(): Promise<void> } {
  const hosts: SessionHost[] = []
  const restores = createRestores()
  const { cause = {} } = options

  const open = async () => {
    const host = await options.create(place)
    await host.open?.()
    hosts.push(host)
    return host
  }
  const endSessions = async () => {
    const host = await open()
    for (const session of await host.list()) await host.kill(session)
  }
  return {
    trial: {
      place,
      open,
      async rename(from, to) {
        if (!cause.rename) throw new TypeError('The option cause.rename is missing.')
        await cause.rename(place, from, to)
      },
      async add(sessionName) {
        if (!cause.add) throw new TypeError('The option cause.add is missing.')
        await cause.add(place, sessionName)
      },
      async outage() {
        if (!cause.outage) throw new TypeError('The option cause.outage is missing.')
        return restores.add(await cause.outage(place))
      },
    },
    async end() {
      await restores.all()
      const ended = await settle(() => withTimeout(endMs, 'ending all sessions', endSessions()))
      await Promise.all(hosts.map((host) => withTimeout(endMs, 'close()', Promise.resolve(host.close?.()))))
      if ('error' in ended) throw ended.error
    },
  }
}
