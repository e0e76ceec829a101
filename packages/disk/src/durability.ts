import type { Logger } from '@sessionkeep/core/store'
import type { Attachment } from './attachment.ts'

/** What an acknowledged write survives: what was asked for, or what the file system has. */
export interface DeclaredDurability {
  readonly now: 'power' | 'process'
  /** Lowers it, with one warning, where the directory that was attached cannot be synced. */
  lower(attachment: Attachment, logger: Logger): void
}

export function declaredDurability(wanted: 'power' | 'process'): DeclaredDurability {
  let now = wanted
  return {
    get now() {
      return now
    },
    lower({ syncs, held }, logger) {
      if (syncs || now === 'process') return
      now = 'process'
      logger.warn(
        { directory: held.path, durability: now },
        'This file system cannot sync a directory: an acknowledged write survives a kill, but perhaps not a power cut',
      )
    },
  }
}
