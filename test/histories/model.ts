import type { SessionView } from '@sessionkeep/core'

/** What must be true of one incarnation, by what was done to it and what was acknowledged. */
export interface Life {
  readonly incarnation: string
  /** Requests counted over all runs that can still be known: the total may not be more. */
  counted: number
  /** The total may not be less, once every store has answered. */
  acknowledged: number
  /** Whether the total is `counted` and no less: no crash has made it uncertain. */
  exact: boolean
  attributeSet: number
  attributeAcknowledged: number
  activityAcknowledged: number
  /** What draining may be. After a crash: what was acknowledged, or anything set since. */
  draining: Set<boolean>
  drainingSinceAcknowledged: Set<boolean>
  createdAt: number | undefined
  /** Whether a store has a record of it for sure. */
  stored: boolean
}

export type Complain = (message: string) => void

export function createModel(complain: Complain) {
  const lives = new Map<string, Life>()

  const life = (incarnation: string | undefined): Life => {
    const key = incarnation ?? ''
    const found = lives.get(key) ?? {
      incarnation: key,
      counted: 0,
      acknowledged: 0,
      exact: true,
      attributeSet: 0,
      attributeAcknowledged: 0,
      activityAcknowledged: 0,
      draining: new Set([false]),
      drainingSinceAcknowledged: new Set([false]),
      createdAt: undefined,
      stored: false,
    }
    lives.set(key, found)
    return found
  }

  /** Holds what the pool shows against what must be. */
  const check = (view: SessionView, attached: boolean): void => {
    const one = life(view.incarnation)
    const total = view.totalRequests
    const about = `${view.sessionName} (${view.incarnation})`
    if (total > one.counted) complain(`${about} has ${total} requests of ${one.counted}: counted twice, or inherited`)
    if (!view.verified || !attached) return
    if (total < one.acknowledged) complain(`${about} has ${total} requests, ${one.acknowledged} were acknowledged`)
    if (one.exact && total !== one.counted) complain(`${about} has ${total} requests, ${one.counted} were counted`)
    if (one.createdAt !== undefined && view.createdAt !== one.createdAt)
      complain(`${about} was created at ${one.createdAt}, not ${view.createdAt}`)
    if (view.lastActivityAt < one.activityAcknowledged) complain(`${about} has lost its last activity`)
    const attribute = attributeOf(view.attributes)
    if (attribute < one.attributeAcknowledged || attribute > one.attributeSet)
      complain(`${about} has attribute ${attribute}, not ${one.attributeAcknowledged} to ${one.attributeSet}`)
    const draining = view.status === 'draining'
    if (!one.draining.has(draining)) complain(`${about} is ${draining ? '' : 'not '}draining`)
    one.draining = new Set([draining])
    one.drainingSinceAcknowledged.add(draining)
    one.createdAt ??= view.createdAt
    one.counted = total
    one.attributeSet = attribute
    one.exact = true
  }

  return {
    life,
    lives: (): Life[] => [...lives.values()],
    check,
    /** A store has this, or something newer, for as long as it is worth anything. */
    acknowledge(view: SessionView): void {
      const one = life(view.incarnation)
      one.stored = true
      one.acknowledged = Math.max(one.acknowledged, view.totalRequests)
      one.attributeAcknowledged = Math.max(one.attributeAcknowledged, attributeOf(view.attributes))
      one.activityAcknowledged = Math.max(one.activityAcknowledged, view.lastActivityAt)
      if (one.draining.size === 1 && one.draining.has(view.status === 'draining'))
        one.drainingSinceAcknowledged = new Set(one.draining)
    },
    /** What was not acknowledged may be lost. */
    forget(one: Life): void {
      one.exact = false
      one.draining = new Set(one.drainingSinceAcknowledged)
    },
  }
}

export function attributeOf(attributes: unknown): number {
  return Number((attributes as { n?: number } | undefined)?.n ?? 0)
}

export type Model = ReturnType<typeof createModel>
