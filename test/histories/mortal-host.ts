import type { MemoryHost, SessionHost } from '@sessionkeep/core'

const NEVER = new Promise<never>(() => {})

/** One process's way to the host; after `kill()` its calls do nothing and are not answered. */
export function mortalHost(host: MemoryHost, onCreated: (incarnation: string, createdAt: number) => void) {
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
        onCreated(session.incarnation ?? '', options.createdAt)
        return session
      }),
    kill: (session) => through(() => host.kill(session)),
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
