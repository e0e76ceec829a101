import type { SessionHost } from '@sessionkeep/contracts/host'
import type { MemoryHost } from '@sessionkeep/contracts/testing'
import { never } from './never.ts'

/** The host that one process uses. After `kill()` its calls do nothing and are not answered. */
export function killableHost(
  host: MemoryHost,
  on: { created(incarnation: string, createdAt: number): void; killed(incarnation: string): void },
) {
  let dead = false
  const whileAlive = async <T>(run: () => Promise<T>): Promise<T> => {
    if (dead) return never()
    const [outcome] = await Promise.allSettled([run()])
    if (dead) return never()
    return outcome.status === 'fulfilled' ? outcome.value : Promise.reject(outcome.reason)
  }
  const killable: SessionHost = {
    name: host.name,
    list: () => whileAlive(() => host.list()),
    create: (name, options) =>
      whileAlive(async () => {
        const session = await host.create(name, options)
        on.created(session.incarnation ?? '', options.createdAt)
        return session
      }),
    kill: (session) =>
      whileAlive(async () => {
        await host.kill(session)
        on.killed(session.incarnation ?? '')
      }),
    sendText: (session, text, options) => whileAlive(() => host.sendText(session, text, options)),
    capture: (session) => whileAlive(() => host.capture(session)),
  }
  return {
    host: killable,
    kill(): void {
      dead = true
    },
  }
}
