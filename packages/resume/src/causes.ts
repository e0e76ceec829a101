import type { EndCause, Ended } from '@sessionkeep/contracts'
import type { SessionEnd } from '@sessionkeep/contracts/host'

/** What is known of the server and the machine of a session that has ended. */
export interface Surroundings {
  /** The boot in which the host runs now. */
  readonly boot?: string | undefined
  /** Whether the session ended together with its server. */
  readonly endedWithServer: boolean
}

/** The signals with which a system that shuts down ends processes: SIGHUP, SIGKILL and SIGTERM. */
const SHUTDOWN_SIGNALS: ReadonlySet<number> = new Set([1, 9, 15])
/** If a signal ended the last command of a shell, the exit code of the shell is 128 plus the number of the signal. */
const SIGNAL_CODES = 128

/** Whether the gateway wanted the session to end. Such a session never comes back by itself. */
export function isDeliberate(cause: EndCause | undefined): boolean {
  return cause === 'deleted' || cause === 'terminated'
}

/** Whether nobody meant the session to end: it ended with its server or its machine. */
export function isLost(cause: EndCause | undefined): boolean {
  return cause === 'server' || cause === 'boot'
}

/** Why a session ended, if the host keeps nothing of it. `boot` is the boot in which it was started. */
export function causeOfLoss(boot: string | undefined, now: Surroundings): 'boot' | 'server' | 'killed' {
  if (boot !== undefined && now.boot !== undefined && boot !== now.boot) return 'boot'
  return now.endedWithServer ? 'server' : 'killed'
}

/**
 * What is known of the end of a session that the host no longer lists, or whose command has ended. Times are ms since the
 * epoch.
 */
export interface EndFacts {
  /** What the host knows of the end; undefined if it keeps nothing. */
  readonly how: SessionEnd | undefined
  /** Whether another session has its name. */
  readonly isReplaced: boolean
  /** The boot in which it was started. */
  readonly boot: string | undefined
  readonly surroundings: Surroundings
  /** Whether the host listed other sessions too, whether or not their commands run. */
  readonly hasOthers: boolean
  /** Whether a request was running. */
  readonly isActive: boolean
  readonly now: number
}

/** The field `ended` of a session that the pool did not end. */
export function endedOf({ how, isReplaced, boot, surroundings, hasOthers, isActive, now }: EndFacts): Ended {
  const { at = now, exitCode, signal, screen } = how ?? {}
  const cause = how ? 'exited' : isReplaced ? 'replaced' : causeOfLoss(boot, surroundings)
  // The end of the last session also ends its server. Then only another boot proves a shutdown.
  const part = hasOthers ? 'server' : 'boot'
  return {
    at,
    cause,
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    ...(isActive && { interrupted: true as const }),
    ...((cause === 'killed' || (how && isShutdownEnd(how))) && { mayBeShutdown: part }),
    ...(screen !== undefined && { screen }),
  }
}

function isShutdownEnd({ exitCode = 0, signal = exitCode - SIGNAL_CODES }: SessionEnd): boolean {
  return SHUTDOWN_SIGNALS.has(signal)
}

/**
 * Settles the cause of an end that may have been a part of a shutdown. While server and boot are the same, the cause stays open
 * for `graceMs`; after that the end counts as no part of a shutdown. Returns the same object if nothing has changed.
 */
export function settled(
  ended: Ended,
  boot: string | undefined,
  surroundings: Surroundings,
  { now, graceMs }: { readonly now: number; readonly graceMs: number },
): Ended {
  const { mayBeShutdown, ...rest } = ended
  if (mayBeShutdown === undefined) return ended
  const cause = causeOfLoss(boot, surroundings)
  if (cause === 'boot' || (cause === 'server' && mayBeShutdown === 'server')) return { ...rest, cause }
  return now - ended.at >= graceMs ? rest : ended
}
