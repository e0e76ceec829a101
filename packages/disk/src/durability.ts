import type { Logger } from '@sessionkeep/contracts'
import type { Attachment } from './attachment.ts'

/** The durability that a store declares: the requested one, or what the file system can give. */
export interface DeclaredDurability {
  readonly now: 'power' | 'process'
  /** Lowers the durability, and logs one warning, if the attached directory cannot be synced or is in memory. */
  lower(attachment: Attachment, logger: Logger): void
}

/**
 * Starts with the requested durability.
 *
 * @example
 * const durability = declaredDurability('power')
 * durability.lower(attachment, logger)
 */
export function declaredDurability(wanted: 'power' | 'process'): DeclaredDurability {
  let now = wanted
  return {
    get now() {
      return now
    },
    lower({ syncs, inMemory, held }, logger) {
      if ((syncs && !inMemory) || now === 'process') return
      now = 'process'
      logger.warn(
        { directory: held.path, durability: now, inMemory },
        'This file system is in memory, or cannot sync a directory: an acknowledged write survives a kill, but may be lost in a power cut',
      )
    },
  }
}
