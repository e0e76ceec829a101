import * as z from 'zod'
import type { Persistence } from '../gateway/answers.ts'
import { persistence } from '../gateway/answers.ts'
import type { Gateway } from '../gateway/client.ts'
import { duration } from '../text/times.ts'
import { adviceFor } from './advice.ts'
import { type Finding, problem, warning } from './finding.ts'

/** The part of `GET /status` that `doctor` looks at. */
const status = z.looseObject({
  sessions: z.looseObject({
    ...{ totalSessions: z.number(), maxSessions: z.number(), started: z.boolean() },
    host: z.looseObject({ state: z.string(), reason: z.string().optional() }),
  }),
  persistence,
  process: z.looseObject({ pid: z.number() }),
})

type Status = z.infer<typeof status>

/**
 * How old a change may be that a store lacks, ms. This is far longer than any `flushIntervalMs` that somebody would
 * choose.
 */
const OLD_MS = 60_000

/** What to do about each reason of `persistence()` that is a problem; docs/operate.md has more. */
const ADVICE: Readonly<Record<string, string>> = {
  degraded: 'Look at the findings of its stores: make room, mount the disk, restore permissions.',
  locked: 'End the other gateway that writes there; its pid and host are in the log of this one.',
  contended: 'Give each gateway a poolId of its own; see docs/pool-ids.md.',
  'switch-failed': 'Correct the store that the layers select; `sessionkeep explain` says which layer it is.',
  'rolled-back': 'Run `sessionkeep switch auto` once the cause of the rollback is gone.',
  stopped: 'The gateway is ending. Start it again if that was not meant.',
}

/**
 * The finding if no gateway runs. It is not `ok`, because nobody knows whether the gateway's sessions and stores are
 * well.
 */
export const NO_GATEWAY = warning(
  'gateway',
  'No gateway runs here, or it serves no socket beside its records.',
  'Start it, unless it was stopped on purpose. If it runs, name its socket with --socket, or the directory of its records with SESSIONKEEP_DIRECTORY.',
)

/** The findings about a running gateway, from its own answers. */
export async function gatewayFindings(gateway: Gateway): Promise<Finding[]> {
  const subject = 'gateway'
  const given = await gateway.call('GET', '/status', status)
  return [
    { subject, severity: 'ok', found: `It answers at ${gateway.label}, with pid ${given.process.pid}.` },
    ...sessionFindings(given.sessions),
    ...persistenceFindings(given.persistence),
  ]
}

function sessionFindings({ host, started, totalSessions, maxSessions }: Status['sessions']): Finding[] {
  const subject = 'gateway'
  const isDown = host.state === 'unavailable'
  return [
    ...(isDown
      ? [problem(subject, `Its host does not answer: ${host.reason ?? 'no reason is known'}.`, hostAdvice)]
      : []),
    ...(started ? [] : [problem(subject, 'Its pool has not started.', 'Look at its log: start() has not resolved.')]),
    ...(totalSessions < maxSessions
      ? []
      : [
          warning(
            subject,
            `It has ${totalSessions} sessions, and no room for more.`,
            'End sessions, or raise maxSessions.',
          ),
        ]),
  ]
}

const hostAdvice = 'Run `tmux ls` as the user of the gateway, on its socket. No session is lost by this.'

function persistenceFindings({ effective, stores, saved, sessions, oldestDirtyMs, ...given }: Persistence): Finding[] {
  const subject = 'persistence'
  const { reason } = effective
  const found = `${effective.stores.join(', ')}: ${reason}; ${saved} of ${sessions} sessions are saved.`
  const todo = ADVICE[reason]
  const failed = given.failedSwitch
  return [
    todo === undefined ? { subject, severity: 'ok', found } : problem(subject, found, todo),
    ...stores.flatMap(({ store, lastError }) =>
      lastError ? [problem(`store ${store}`, `The gateway says: ${lastError.message}`, adviceFor(lastError.code))] : [],
    ),
    ...(failed
      ? [
          problem(
            `store ${failed.store}`,
            `It cannot be made active: ${failed.error.message}`,
            adviceFor(failed.error.code),
          ),
        ]
      : []),
    ...(oldestDirtyMs > OLD_MS && todo === undefined
      ? [
          warning(
            subject,
            `The oldest change that a store lacks is ${duration(oldestDirtyMs)} old.`,
            'See whether that store is slow, or has a record that the pool must not overwrite.',
          ),
        ]
      : []),
    ...(nameOf(given.afterRestart) === nameOf(given.desired) || reason === 'rolled-back'
      ? []
      : [
          warning(
            subject,
            `A restart selects ${nameOf(given.afterRestart)} and not ${nameOf(given.desired)}.`,
            'Put the present store into the configuration, or run `sessionkeep switch auto`.',
          ),
        ]),
  ]
}

const nameOf = ({ store, mirror }: Persistence['desired']): string => [store, ...mirror].join(', ')
