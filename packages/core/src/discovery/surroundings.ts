import type { Logger } from '@sessionkeep/contracts'
import type { HostSession } from '@sessionkeep/contracts/host'
import type { Surroundings } from '@sessionkeep/resume'
import type { HostPoller } from './poll-host.ts'

/** What is known of the servers and the boot of sessions that have ended, by incarnation. */
export type SurroundingsOf = (incarnation: string | undefined) => Surroundings

/** Makes the part of discovery that finds out whether sessions ended with their server or their machine. */
export function createSurroundings(host: Pick<HostPoller, 'boot' | 'endedWithServer'>, logger: Logger) {
  let boot: string | undefined
  let isRead = false

  const readBoot = async (): Promise<void> => {
    try {
      boot = await host.boot()
      isRead = true
    } catch (error) {
      logger.debug({ err: error }, 'The boot of the host is not known')
    }
  }

  return {
    /** The boot in which the host ran when it was last asked; undefined if nobody could say. */
    boot: (): string | undefined => boot,
    /** Asks for the boot unless it is known. Call it once the host has listed its sessions. */
    async prepare(): Promise<void> {
      if (!isRead) await readBoot()
    },
    /** Asks for the boot anew: a machine that is reached through the network may have been rebooted. Never rejects. */
    refresh: readBoot,
    /** Finds out what ended these incarnations. `live`: what the host has listed. */
    async of(incarnations: readonly string[], live: readonly HostSession[]): Promise<SurroundingsOf> {
      if (incarnations.length === 0) return () => ({ boot, endedWithServer: false })
      await readBoot()
      const now = boot
      try {
        const withServer = await host.endedWithServer(incarnations)
        return (incarnation) => ({
          boot: now,
          endedWithServer: withServer ? incarnation !== undefined && withServer.has(incarnation) : live.length === 0,
        })
      } catch (error) {
        logger.debug({ err: error }, 'Whether sessions ended with their server is not known')
        return () => ({ boot: now, endedWithServer: false })
      }
    },
  }
}

export type SurroundingsReader = ReturnType<typeof createSurroundings>
