import { createSessionPool, memoryStore, type SessionPoolOptions } from '@sessionkeep/core'
import type { CreateSessionOptions } from '@sessionkeep/core/host'
import { memoryHost, virtualClock } from '@sessionkeep/core/testing'
import { onTestFinished } from 'vitest'
import { until as untilClock } from '../../packages/core/test/support/time.ts'

export const clock = virtualClock({ flows: true })
export const until = untilClock

type Options = SessionPoolOptions<Record<string, unknown>>
type Given = Partial<Options>

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const { signal } = new AbortController()

/** How sessions of these tests come back: at once, and one after the other. */
export const quick = { settleMs: 20, spacingMs: 0, concurrency: 1 } as const

/** A host and a store in memory that outlive their pools, and what the host was asked to do. */
export function setting() {
  const host = memoryHost({ clock })
  const store = memoryStore()
  const created: Array<{ readonly name: string; readonly options: CreateSessionOptions }> = []
  const typed: string[] = []
  const recording = {
    ...host,
    create: (name: string, options: CreateSessionOptions) => {
      created.push({ name, options })
      return host.create(name, options)
    },
    sendText: (...args: Parameters<typeof host.sendText>) => {
      typed.push(args[1])
      return host.sendText(...args)
    },
  }
  return {
    host,
    store,
    created,
    typed,
    /** Ends all sessions with their server. Not in the moment in which one was seen alive, since a listing may be as old as that. */
    async endServer(): Promise<void> {
      await clock.advance(2)
      host.control.endServer()
    },
    /** Ends all sessions, as a reboot of the machine does. */
    async reboot(): Promise<void> {
      await clock.advance(2)
      host.control.reboot()
    },
    /** Another gateway on the same host and store. It is stopped after the test. */
    async gateway(given: Given = {}) {
      const pool = createSessionPool<Record<string, unknown>>({
        ...{ host: recording, clock, logger: silent, livenessIntervalMs: 20 },
        ...given,
        resume: { ...quick, ...given.resume },
        metadata: { store, flushIntervalMs: 10, ackTimeoutMs: 50, maxRetryMs: 20, ...given.metadata },
      })
      onTestFinished(async () => void (await pool.stop({ timeoutMs: 200 })))
      await pool.start()
      return pool
    },
    /** The stored record of a workspace. */
    record: async (workspace: string): Promise<Record<string, unknown> | undefined> => {
      const name = `claude-${workspace}`
      return (await store.getMany([name], { signal })).get(name) as Record<string, unknown> | undefined
    },
  }
}
