import type { Logger } from '@sessionkeep/contracts'
import type { HostSession } from '@sessionkeep/contracts/host'
import { forEachYielding } from '@sessionkeep/contracts/internal'
import type { AnsweredCopy, Replica, StoreAnswer } from '@sessionkeep/replication'
import type { HostPoller } from './poll-host.ts'

/** The answers of stores, by replica. */
type Answers = ReadonlyMap<Replica, StoreAnswer>

/**
 * Makes the part of discovery that recognizes records of sessions that live where the host cannot reach them, for example on
 * another tmux server. Such a record is no orphan, and is not overwritten.
 */
export function createElsewhere(host: Pick<HostPoller, 'elsewhere'>, logger: Logger) {
  let reported: ReadonlySet<string> = new Set()

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
      logger.warn({ err: error }, 'Whether sessions live elsewhere cannot be seen - their records are left alone')
      return undefined
    }
  }

  const report = (copies: ReadonlyMap<string, AnsweredCopy>): void => {
    for (const [sessionName, copy] of copies) {
      if (copy.kind !== 'elsewhere' || reported.has(copy.incarnation)) continue
      reported = new Set([...reported, copy.incarnation])
      const fields = { sessionName, detail: copy.detail }
      logger.warn(fields, 'A session lives where this host cannot reach it - it is left alone, and so is its record')
    }
  }

  return {
    /**
     * Marks the copies of sessions that live elsewhere. If the host cannot say where a session lives, its copy counts as not
     * read. `live`: what
     * the host has listed.
     */
    async mark(live: readonly HostSession[], answers: Answers): Promise<Answers> {
      const unlisted = await incarnationsIn(answers)
      for (const { incarnation } of live) if (incarnation !== undefined) unlisted.delete(incarnation)
      const places = await ask([...unlisted])
      if (places?.size === 0) return answers
      const marked = new Map<Replica, StoreAnswer>()
      for (const [replica, answer] of answers) {
        const copies = new Map<string, AnsweredCopy>()
        const indeterminate = new Set(answer.indeterminate)
        for (const [name, copy] of answer.copies) {
          const incarnation = copy.kind === 'found' ? copy.record.incarnation : undefined
          const detail = incarnation === undefined ? undefined : places?.get(incarnation)
          if (incarnation !== undefined && detail !== undefined)
            copies.set(name, { kind: 'elsewhere', incarnation, detail })
          else if (incarnation !== undefined && unlisted.has(incarnation) && !places) indeterminate.add(name)
          else copies.set(name, copy)
        }
        report(copies)
        marked.set(replica, { ...answer, copies, indeterminate })
      }
      return marked
    },
  }
}
