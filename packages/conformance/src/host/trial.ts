import type { SessionHost } from '@sessionkeep/core'
import type { CreateSessionOptions } from '@sessionkeep/core/host'
import { settle } from '../frame/check.ts'
import type { Clause } from '../frame/clause.ts'
import { within } from '../frame/deadline.ts'
import type { Place } from '../frame/place.ts'
import { createRestores } from '../frame/restores.ts'
import type { HostDeclared, HostMeans, HostSuiteOptions } from './options.ts'

/** What a clause about hosts is given; every session of the place is ended after it. */
export interface HostTrial {
  readonly place: Place
  /** An open host of this place. */
  open(): Promise<SessionHost>
  rename(from: string, to: string): Promise<void>
  /** Causes it; restored at the latest after the clause. */
  outage(): Promise<() => Promise<void>>
}

export type HostClause = Clause<HostTrial, HostDeclared, HostMeans>

/** What the clauses stamp on their sessions. */
export const STAMPS = { pool: 'conformance', workspace: 'demo', createdAt: 1_700_000_000_123 } as const

/** A session that shows what is typed into it. */
export const ECHOING: CreateSessionOptions = { ...STAMPS, command: ['cat'] }

const END_MS = 10_000

export function beginHostTrial(options: HostSuiteOptions, place: Place): { trial: HostTrial; end(): Promise<void> } {
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
        if (!cause.rename) throw new TypeError('cause.rename was not given.')
        await cause.rename(place, from, to)
      },
      async outage() {
        if (!cause.outage) throw new TypeError('cause.outage was not given.')
        return restores.add(await cause.outage(place))
      },
    },
    async end() {
      await restores.all()
      const ended = await settle(() => within(END_MS, 'ending all sessions', endSessions()))
      await Promise.all(hosts.map((host) => within(END_MS, 'close()', Promise.resolve(host.close?.()))))
      if ('error' in ended) throw ended.error
    },
  }
}
