import type { SessionHost } from '@sessionkeep/core'
import type { MemoryHost } from '@sessionkeep/core/testing'

const NEVER = new Promise<never>(() => {})

/** One process's way to the host; after `kill()` its calls do nothing and are not answered. */
export function mortalHost(
  host: MemoryHost,
  on: { created(incarnation: string, createdAt: number): void; killed(incarnation: string): void },
) {
  let dead = false
  const through = async <T>(run: () => Promise<T>): Promise<T> => {
    if (dead) return NEVER
    const [outcome] = await Promise.allSettled([run()])
    if (dead) return NEVER
    return outcome.status === 'fulfilled' ? outcome.value : Promise.reject(outcome.reason)
  }
  const mortal: SessionHost = {
    name: host.name,
    list: () => through(() => host.list()),
    create: (name, options) =>
      through(async () => {
        const session = await host.create(name, options)
        on.created(session.incarnation ?? '', options.createdAt)
        return session
      }),
    kill: (session) =>
      through(async () => {
        await host.kill(session)
        on.killed(session.incarnation ?? '')
      }),
    sendText: (session, text, options) => through(() => host.sendText(session, text, options)),
    capture: (session) => through(() => host.capture(session)),
  }
  return {
    host: mortal,
    kill(): void {
      dead = true
    },
  }
}
