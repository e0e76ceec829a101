import type { Logger } from '@sessionkeep/contracts'
import type { HostSession } from '@sessionkeep/contracts/host'
import { forEachYielding } from '@sessionkeep/contracts/internal'
import type { AnsweredCopy, Replica, StoreAnswer } from '@sessionkeep/replication'
import type { HostPoller } from './poll-host.ts'

/** The answers of stores, by replica. */
type Answers = ReadonlyMap<Replica, StoreAnswer>
type Elsewhere = Extract<AnsweredCopy, { readonly kind: 'elsewhere' }>

/** How many sessions that live elsewhere are logged one by one in one pass. */
const MOST_LOGGED = 20
/** How many are remembered, so that they are not logged again. */
const MOST_REPORTED = 10_000

/**
 * Makes the part of discovery that recognizes records of sessions that live where the host cannot reach them, for example on
 * another tmux server. Such a record is no orphan, and is not overwritten.
 */
export function createElsewhere(host: Pick<HostPoller, 'elsewhere'>, logger: Logger) {
  const reported = new Set<string>()

  const incarnationsIn = async (answers: Answers): Promise<Set<string>> => {
    const incarnations = new Set<string>()
    for (const { copies } of answers.values())
      await forEachYielding(copies.values(), (copy) => {
        if (copy.kind === 'found' && copy.record.incarnation !== undefined) incarnations.add(copy.record.incarnation)
      })
    return incarnations
  }

  /** Where each of these incarnations lives; undefined if the host cannot say. */
  const ask = async (incarnations: readonly string[]): Promise<ReadonlyMap<string, string> | undefined> => {
    if (incarnations.length === 0) return new Map()
    try {
      return await host.elsewhere(incarnations)
    } catch (error) {
      logger.warn({ err: error }, 'The host cannot say whether sessions live elsewhere - their records are left alone')
      return undefined
    }
  }

  /** Reports once each session that lives elsewhere. Only the first of many are named, since anybody who writes to a store can name thousands. */
  const report = (found: ReadonlyMap<string, Elsewhere>): void => {
    const fresh = [...found].filter(([, { incarnation }]) => !reported.has(incarnation))
    for (const [sessionName, { detail }] of fresh.slice(0, MOST_LOGGED))
      logger.warn(
        { sessionName, detail },
        'A session lives where this host cannot reach it - it is left alone, and so is its record',
      )
    if (fresh.length > MOST_LOGGED)
      logger.warn({ count: fresh.length - MOST_LOGGED }, 'More sessions live where this host cannot reach them')
    if (reported.size > MOST_REPORTED) reported.clear()
    for (const [, { incarnation }] of fresh) reported.add(incarnation)
  }

  return {
    /**
     * Marks the copies of sessions that live elsewhere. If the host cannot say where a session lives, its copy counts as not
     * read. `live`: the sessions that the host has listed.
     */
    async mark(live: readonly HostSession[], answers: Answers): Promise<Answers> {
      const unlisted = await incarnationsIn(answers)
      for (const { incarnation } of live) if (incarnation !== undefined) unlisted.delete(incarnation)
      const places = await ask([...unlisted])
      if (places?.size === 0) return answers
      const marked = new Map<Replica, StoreAnswer>()
      const found = new Map<string, Elsewhere>()
      for (const [replica, answer] of answers) {
        const copies = new Map<string, AnsweredCopy>()
        const indeterminate = new Set(answer.indeterminate)
        await forEachYielding(answer.copies, ([name, copy]) => {
          const incarnation = copy.kind === 'found' ? copy.record.incarnation : undefined
          const detail = incarnation === undefined ? undefined : places?.get(incarnation)
          if (incarnation !== undefined && detail !== undefined) {
            const one = { kind: 'elsewhere', incarnation, detail } as const
            copies.set(name, one)
            found.set(name, one)
          } else if (incarnation !== undefined && unlisted.has(incarnation) && !places) indeterminate.add(name)
          else copies.set(name, copy)
        })
        marked.set(replica, { ...answer, copies, indeterminate })
      }
      report(found)
      return marked
    },
  }
}
