import { memoryHost, virtualClock } from '@sessionkeep/core/testing'
import fc from 'fast-check'
import { type Backend, type Death, type Launched, type Process, startProcess } from './process.ts'

const WORKSPACES = ['a', 'b'] as const

/** What happens in a history. */
export type Step =
  | { readonly kind: 'create' | 'request' | 'delete' | 'ask' | 'exit' | 'kill-by-hand'; readonly of: string }
  | { readonly kind: 'end-server' | 'reboot' | 'resume' | 'resume-twice' | 'restart' | 'kill' | 'second-gateway' }
  | { readonly kind: 'store'; readonly at: number; readonly isAway: boolean }
  | { readonly kind: 'arm'; readonly death: Death }

const of = fc.constantFrom(...WORKSPACES)
const onOne = (kind: 'create' | 'request' | 'delete' | 'ask' | 'exit' | 'kill-by-hand', weight: number) => ({
  weight,
  arbitrary: of.map((one): Step => ({ kind, of: one })),
})
const alone = (kind: 'end-server' | 'reboot' | 'resume' | 'resume-twice' | 'restart' | 'kill' | 'second-gateway') => ({
  weight: kind === 'resume' || kind === 'end-server' ? 4 : 2,
  arbitrary: fc.constant<Step>({ kind }),
})

/** Histories of up to twenty steps. A process may be killed at any of its calls. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    ...[onOne('create', 5), onOne('request', 3), onOne('delete', 3), onOne('ask', 3), onOne('exit', 1)],
    ...[onOne('kill-by-hand', 1), alone('end-server'), alone('reboot'), alone('resume'), alone('resume-twice')],
    ...[alone('restart'), alone('kill'), alone('second-gateway')],
    {
      weight: 2,
      arbitrary: fc.tuple(fc.nat(1), fc.boolean()).map(([at, isAway]): Step => ({ kind: 'store', at, isAway })),
    },
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.integer({ min: 1, max: 12 }), fc.boolean())
        .map(([at, isBefore]): Step => ({ kind: 'arm', death: { at, isBefore } })),
    },
  ),
  { minLength: 3, maxLength: 20 },
)

/** What is known of one conversation, which a fresh session begins and its resumed sessions continue. */
interface Conversation {
  readonly workspace: string
  /** The sessions that were started with its id. */
  readonly incarnations: Set<string>
  /** The requests that a store has acknowledged. */
  saved: number
  /** Whether a store has acknowledged a record with its id. */
  isSaved: boolean
  /** Why the conversation must not come back by itself; undefined while it may. */
  endedFor?: 'deleted' | 'exited' | 'killed' | undefined
}

/** Plays a history. Returns the first fault; undefined if there is none. */
export async function play(history: readonly Step[]): Promise<string | undefined> {
  const clock = virtualClock({ flows: true, startAt: 1_000_000 })
  const host = memoryHost({ clock })
  const backends: Backend[] = ['A', 'B'].map((name) => ({ name, records: new Map(), isAway: false }))
  const conversations = new Map<string, Conversation>()
  const faults: string[] = []
  const dead: Process[] = []
  let made = 0
  /** Whether sessions are being brought back by `resume()` of the pool, and not by a request. */
  let isByPlan = false

  const idOf = (incarnation: string | undefined): string | undefined =>
    [...conversations].find(([, { incarnations }]) => incarnations.has(String(incarnation)))?.[0]
  const onCreate = (incarnation: string, { id, after }: Launched): void => {
    const conversation = id === undefined ? undefined : conversations.get(id)
    if (!conversation) {
      // A session that nobody gave an id is a resumed one.
      const former = idOf(after)
      if (former !== undefined && conversations.get(former)?.isSaved) faults.push(`${former} came back without its id`)
      return
    }
    const { endedFor } = conversation
    if (endedFor === 'deleted') faults.push(`${id} was deleted, and came back`)
    if (isByPlan && endedFor) faults.push(`${id} was ${endedFor}, and came back by a plan`)
    conversation.incarnations.add(incarnation)
    conversation.endedFor = undefined
  }
  const start = async (): Promise<Process> => {
    const process = startProcess(host, backends, clock, onCreate)
    await Promise.race([process.pool.start(), process.died])
    return process
  }
  const bury = (process: Process): void => {
    process.kill()
    dead.push(process)
    // The calls of a killed process are never answered. This only ends its timers.
    void process.pool.stop({ timeoutMs: 1 })
  }
  let process = await start()

  /** Calls the gateway, and returns its answer. Undefined if the call is refused, or the gateway is killed before it has answered. */
  const attempt = async <T>(call: (pool: Process['pool']) => Promise<T>): Promise<T | undefined> => {
    const { pool, died } = process
    const answer = await Promise.race([call(pool).catch(() => undefined), died.then(() => undefined)])
    return answer
  }
  const save = async (workspace: string): Promise<void> => {
    const view = process.pool.getSession(workspace)
    const conversation = conversations.get(String(view?.attributes?.id))
    const saved = view && (await attempt((pool) => pool.saveSessionMetadata(workspace)))
    if (!view || !conversation || !saved || saved.stores.length === 0) return
    conversation.isSaved = true
    conversation.saved = Math.max(conversation.saved, view.totalRequests)
  }
  const living = async (workspace: string) =>
    (await host.list()).find((session) => session.workspace === workspace && !session.exited)

  const run = async (step: Step): Promise<void> => {
    if (step.kind === 'create' || step.kind === 'ask') {
      made += 1
      const id = `id-${made}`
      conversations.set(id, { workspace: step.of, incarnations: new Set(), saved: 0, isSaved: false })
      const resume = step.kind === 'ask'
      await attempt((pool) => pool.getOrCreateSession(step.of, { attributes: { id }, resume }))
      await save(step.of)
    } else if (step.kind === 'request') {
      await attempt((pool) => pool.withRequest(step.of, () => undefined))
      await save(step.of)
    } else if (step.kind === 'delete') {
      // The gateway may not have noticed yet that the session ended.
      const before = idOf(process.pool.getSession(step.of)?.incarnation ?? (await living(step.of))?.incarnation)
      const wasLiving = (await living(step.of)) !== undefined
      const isStored = backends.some(({ isAway }) => !isAway)
      const isKnown = process.pool.getSession(step.of) !== undefined
      const answer = await attempt((pool) => pool.deleteSession(step.of, { force: true }).then(() => true))
      const conversation = conversations.get(before ?? '')
      // If the kill had an effect, the pool had written before that it would delete the session, unless no store could be written.
      const isGone = (await living(step.of)) === undefined
      if (conversation && isKnown && isGone && (answer || (wasLiving && isStored))) conversation.endedFor = 'deleted'
      // The past of a workspace is deleted with the record.
      if (isGone) for (const one of conversations.values()) if (one.workspace === step.of) one.isSaved = false
    } else if (step.kind === 'exit' || step.kind === 'kill-by-hand') {
      const session = await living(step.of)
      const conversation = conversations.get(idOf(session?.incarnation) ?? '')
      if (!session || !conversation) return
      if (step.kind === 'exit') host.control.exit(session.sessionName, { exitCode: 0 })
      else await host.kill(session)
      // The gateway looks for the session before anything else happens, because later it could not find out why the session ended.
      await attempt((pool) => pool.discoverExistingSessions())
      // Until a minute has passed and the end is written, the pool may take that end for a part of a shutdown.
      await clock.advance(70_000)
      await attempt((pool) => pool.discoverExistingSessions())
      await clock.advance(100)
      // What a killed gateway knew, and what no store could be told, is lost.
      const isTold = !process.isDead() && backends.some(({ isAway }) => !isAway)
      if (isTold && process.pool.listEnded().some(({ incarnation }) => incarnation === session.incarnation))
        conversation.endedFor = step.kind === 'exit' ? 'exited' : 'killed'
    } else if (step.kind === 'end-server') host.control.endServer()
    else if (step.kind === 'reboot') host.control.reboot()
    else if (step.kind === 'resume' || step.kind === 'resume-twice') {
      isByPlan = true
      const calls = step.kind === 'resume' ? 1 : 2
      await Promise.all(Array.from({ length: calls }, () => attempt((pool) => pool.resume())))
      isByPlan = false
    } else if (step.kind === 'second-gateway') {
      // Two gateways run at the same time, as in a hand-over, and both bring back what was lost.
      const second = await start()
      isByPlan = true
      await Promise.all([attempt((pool) => pool.resume()), second.pool.resume().catch(() => undefined)])
      isByPlan = false
      await second.pool.stop({ timeoutMs: 100 })
    } else if (step.kind === 'restart') await attempt((pool) => pool.stop({ timeoutMs: 100 }))
    else if (step.kind === 'store') {
      const backend = backends[step.at]
      if (backend) backend.isAway = step.isAway
    } else if (step.kind === 'arm') process.arm(step.death)
    if (step.kind === 'kill') process.kill()
    if (process.isDead() || step.kind === 'restart' || step.kind === 'kill') {
      bury(process)
      process = await start()
    }
    await clock.advance(2)
    checkDoubles(await host.list())
  }

  const checkDoubles = (listed: Awaited<ReturnType<typeof host.list>>): void => {
    const ids = listed.filter(({ exited }) => !exited).flatMap(({ incarnation }) => idOf(incarnation) ?? [])
    if (new Set(ids).size < ids.length) faults.push(`two sessions have one conversation: ${ids}`)
  }

  for (const step of history) {
    await run(step)
    if (faults.length > 0) break
  }

  /** At rest each conversation that a store acknowledged is living, ended, or in the past of its workspace. */
  const checkLosses = async (): Promise<void> => {
    for (const backend of backends) backend.isAway = false
    bury(process)
    process = await start()
    await clock.advance(500)
    await process.pool.discoverExistingSessions()
    const known = [...process.pool.listSessions(), ...process.pool.listEnded()]
    for (const [id, { workspace, incarnations, saved, isSaved, endedFor }] of conversations) {
      if (!isSaved || endedFor === 'deleted') continue
      const own = known.filter((one) => one.workspace === workspace)
      const isIt = (one: (typeof own)[number]) => one.attributes?.id === id || incarnations.has(String(one.incarnation))
      const present = own.find(isIt)
      const hasId = (one: { readonly attributes?: unknown }) =>
        (one.attributes as { id?: string } | undefined)?.id === id
      if (present && ![present, ...(present.past ?? [])].some(hasId))
        faults.push(`${id} of ${workspace} lost its attributes`)
      const past = own.flatMap((one) => one.past ?? []).filter((one) => incarnations.has(String(one.incarnation)))
      const most = Math.max(-1, present?.totalRequests ?? -1, ...past.map(({ totalRequests }) => totalRequests))
      if (most < saved) faults.push(`${id} of ${workspace} had ${saved} requests acknowledged, and has ${most}`)
    }
  }
  if (faults.length === 0) await checkLosses()
  await process.pool.stop({ timeoutMs: 100 })
  return faults[0]
}
