import { stat } from 'node:fs/promises'
import { codeOf, type StoreError } from '@sessionkeep/contracts'
import { isDiskFull, makeDurable, NEVER_ABORTED, toStoreError, withPermit } from '@sessionkeep/disk'
import { createQueue, throwIfAborted } from '@sessionkeep/store-kit'
import { createBusyNames } from './busy-names.ts'
import { bringToFile, contentOf, type Files } from './checkpoint.ts'
import { createKnownFiles, lookUp } from './known-files.ts'
import { ABSENT, encodeLine, type Line, type Mark } from './line.ts'
import { type Hot, type Overlay, overlayOf, TICK_MS } from './overlay.ts'
import { portionsOf } from './portions.ts'
import { createPublishing } from './publishing.ts'
import { createSchedule } from './schedule.ts'
import { createSegmentWriter, MAX_SEGMENT_BYTES, segmentPrefix } from './segments.ts'
import type { Change, Failures, JournalOptions } from './types.ts'

// For a batch of at most this many records, each path is looked up, and the files of new or removed records are changed
// before the write is acknowledged. In a larger batch, each line has its time instead, and the files follow.
const LOOK_UP_MAX = 100
/** A line to be written. `isReplayed`: it was found when the journal was opened, and is written again. */
type NewLine = Line & Change & Partial<Pick<Hot, 'isReplayed'>>
/** The records that were brought to their files, each with the mark of what is there now. */
type Brought = Map<string, { readonly hot: Hot; readonly mark: Mark }>

// A stop does not sync the files of more records than this, because that would take too long.
const SYNCED_AT_CLOSE = 500

/**
 * Opens the journal of a writer. A batch of changes is one append and one sync. The files of the records follow in the
 * background and at `close()`; then the journal is cut.
 */
export async function openJournal({ target, owner, reader, bytesOf, logger, check, writeFiles }: JournalOptions) {
  const { attachment, sync } = target
  // A writer without owner excludes all others, so every segment is its own.
  const isOwn = (path: string) => owner === undefined || path.includes(`/.journal/${segmentPrefix(owner)}`)
  const found = await reader.lines(NEVER_ABORTED, isOwn)
  const hot: Overlay = overlayOf(found.lines)
  /** For each name with a line in a segment: the number of the batch of its last line. */
  const lined = new Map(found.lines.map(({ name }) => [name, 0]))
  const { paths, damaged } = found
  const writer = createSegmentWriter({ directory: attachment.held.path, owner, sync, known: paths, damaged })
  const known = createKnownFiles(target, logger)
  const files: Files = { target, known, bytesOf, logger }
  const publishing = createPublishing(bytesOf)
  // The time of each line is later than that of every file that an earlier run may have left.
  const earliestAt = Math.max(Date.now(), (await stat(attachment.held.path)).mtimeMs) + 2 * TICK_MS
  const busy = createBusyNames()
  const inTurn = createQueue()
  const inTurnOf = createQueue()
  let batch = 0
  let running: Promise<void> | undefined

  const append = async (lines: readonly NewLine[], signal: AbortSignal): Promise<void> => {
    if (lines.length === 0) return
    batch += 1
    let text = ''
    const flush = () => withPermit(signal, () => writer.append(text))
    for (const line of lines) {
      lined.set(line.name, batch)
      text += encodeLine(line)
      // A segment has to stay small enough to be read.
      if (text.length <= MAX_SEGMENT_BYTES) continue
      await flush()
      text = ''
    }
    if (text !== '') await flush()
    for (const { isReplayed = false, name, text, was, at } of lines)
      hot.set(name, { name, text, was, at, batch, isReplayed })
    schedule.plan()
  }

  /** Changes the files without writing a line. Only for names of which no segment has a line. */
  const writeDirectly = async (changes: readonly Change[], failed: Map<string, StoreError>): Promise<void> => {
    if (changes.length === 0) return
    // This comes before the write: a write that fails may have changed the file all the same, and that is no change by hand.
    const marks = new Map(changes.map((change) => [change.name, contentOf(change, bytesOf).mark]))
    for (const [name, mark] of marks) known.expect(name, mark)
    const errors = await writeFiles(changes, (name, put) => known.note(name, marks.get(name) ?? ABSENT, put))
    for (const [name, error] of errors) failed.set(name, error)
    for (const [name, mark] of marks) if (!errors.has(name)) known.confirm(name, mark)
  }

  /** Writes a small batch, after looking up each path. Returns the names whose files are to be changed before the write is acknowledged. */
  const writeFew = async (changes: readonly Change[], signal: AbortSignal, failed: Map<string, StoreError>) => {
    const isAtOnce = busy.note(changes)
    const { done, failed: notLooked } = await lookUp(changes, { attachment, known }, signal)
    for (const [name, error] of notLooked) failed.set(name, error)
    const direct: Change[] = []
    const lines: NewLine[] = []
    const atOnce: string[] = []
    for (const change of changes) {
      const { name, text } = change
      const marks = done.get(name)
      if (!marks) continue
      const isNow = text === null || marks.join() === ABSENT || isAtOnce
      if (isNow && !lined.has(name)) direct.push(change)
      else lines.push({ ...change, was: publishing.wasOf(name, marks), at: undefined })
      if (isNow && lined.has(name)) atOnce.push(name)
    }
    await append(lines, signal)
    await writeDirectly(direct, failed)
    return atOnce
  }

  const writeMany = async (changes: readonly Change[], signal: AbortSignal): Promise<void> => {
    busy.note(changes)
    const at = Math.max(Date.now(), earliestAt)
    await append(
      changes.map(({ name, text }) => ({ name, text, was: publishing.wasOf(name, known.marks(name)), at })),
      signal,
    )
  }

  const write = async (changes: readonly Change[], signal: AbortSignal): Promise<Failures> => {
    const failed = new Map<string, StoreError>()
    try {
      const atOnce = await inTurn(async () => {
        throwIfAborted(signal)
        if (changes.length <= LOOK_UP_MAX) return await writeFew(changes, signal, failed)
        await writeMany(changes, signal)
        return []
      })
      if (atOnce.length > 0) await bringNow(atOnce)
    } catch (error) {
      // Somebody has removed a segment. Only this process has its records until they are in their files.
      if (codeOf(error) === 'ENOENT') await bringUpToDate().catch(() => undefined)
      if (!isDiskFull(error)) throw error
      await withoutJournal(changes, error, failed)
    }
    return failed
  }

  /** Writes without the journal: a full disk that has no room for a line may have room for a smaller record file. */
  const withoutJournal = async (changes: readonly Change[], cause: unknown, failed: Map<string, StoreError>) => {
    await bringUpToDate().catch(() => undefined)
    await inTurn(async () => {
      await writeDirectly(
        changes.filter(({ name }) => !lined.has(name)),
        failed,
      )
      for (const { name } of changes) {
        if (!lined.has(name)) continue
        failed.set(name, toStoreError(cause, { action: `write ${JSON.stringify(name)}`, context: { name } }))
      }
    })
  }

  /** Chooses records to bring to files. Runs between two batches of lines, so that a later line knows what is published. */
  const choose = (names: readonly string[]): Promise<Hot[]> =>
    inTurn(async () =>
      names.flatMap((name) => {
        const now = hot.get(name)
        if (!now) return []
        publishing.begin(now)
        return [now]
      }),
    )

  const bringOne = async (chosen: Hot, brought: Brought, to: Files): Promise<void> => {
    // A newer line of the name is in a newer segment, and its record is brought later.
    const bring = async () => (hot.get(chosen.name) === chosen ? await bringToFile(to, chosen) : undefined)
    const mark = await inTurnOf(bring, chosen.name)
    if (mark !== undefined) brought.set(chosen.name, { hot: chosen, mark })
  }

  /** Brings records to their files, two at a time, so that the disk can sync both at once. Returns the first error. */
  const bringAll = async (names: readonly string[], brought: Brought, to = files): Promise<unknown> => {
    let failed: unknown
    for (const portion of portionsOf(names, (name) => hot.get(name)?.text?.length ?? 0)) {
      const chosen = await choose(portion)
      const waiting = chosen.values()
      const work = async () => {
        for (const one of waiting) {
          await bringOne(one, brought, to).catch((error: unknown) => {
            failed ??= error
          })
        }
      }
      await Promise.all([work(), work()])
      // This waits until no batch is being written: a batch that has looked up its paths must still learn what was published.
      await inTurn(async () => {
        for (const one of chosen) publishing.end(one)
      })
    }
    return failed
  }

  /**
   * Brings a few records to their files and syncs the directory, so that no power cut can bring their former content back.
   * When this fails, the journal still has the records.
   */
  const bringNow = async (names: readonly string[]): Promise<void> => {
    const brought: Brought = new Map()
    await bringAll(names, brought)
    const outcome = await confirmAll(brought).catch(() => 'failed')
    if (outcome !== 'failed') await inTurn(() => settle(brought))
  }

  /**
   * Lets the files of these records count from now on, also after a kill, because a person may put back exactly the content that
   * a line superseded. The new line is not synced: if a power cut takes it, the older lines still fit the files.
   */
  const settle = async (brought: Brought): Promise<void> => {
    const settled = [...brought].flatMap(([name, done]) => (hot.get(name) === done.hot ? [name] : []))
    if (settled.length === 0) return
    batch += 1
    for (const name of settled) {
      hot.delete(name)
      lined.set(name, batch)
    }
    const lines = settled.map((name) => encodeLine({ name, was: [], at: undefined, text: undefined }))
    await withPermit(NEVER_ABORTED, () => writer.append(lines.join(''), false)).catch((error: unknown) =>
      logger.debug({ err: error, code: codeOf(error) }, 'The journal could not note that records are in their files'),
    )
  }

  /** Syncs the directory, so that no power cut can bring back what the files had before. */
  const confirmAll = async (brought: Brought): Promise<void> => {
    await makeDurable(target)
    for (const [name, { mark }] of brought) known.confirm(name, mark)
  }

  const checkpoint = async (): Promise<void> => {
    if (hot.size === 0 && writer.paths().length === 0) return
    await check()
    const { complete, until } = await inTurn(async () => {
      await writer.leave()
      return { complete: [...writer.paths()], until: batch }
    })
    const due = [...hot.values()].filter((now) => now.batch <= until).map(({ name }) => name)
    const brought: Brought = new Map()
    const failed = await bringAll(due, brought)
    await confirmAll(brought)
    await inTurn(async () => {
      const left = [...hot.values()].filter((now) => now.batch <= until && brought.get(now.name)?.hot !== now)
      // A record whose file cannot be changed must not keep all segments, so its line is written again.
      const outcome = await append(left, NEVER_ABORTED).catch(() => 'failed')
      if (outcome === 'failed') return await settle(brought)
      for (const [name, done] of brought) if (hot.get(name) === done.hot) hot.delete(name)
      await withPermit(NEVER_ABORTED, () => writer.remove(complete))
      for (const [name, last] of lined) if (last <= until) lined.delete(name)
    })
    if (failed !== undefined) throw toStoreError(failed, { action: 'bring records to their files' })
  }

  /** Brings all records to their files without syncing them. The journal stays, so that a power cut loses nothing. */
  const bringUnsynced = async (): Promise<void> => {
    await check()
    const unsynced = { ...files, target: { ...target, sync: false } }
    const failed = await bringAll([...hot.keys()], new Map(), unsynced)
    if (failed !== undefined) throw toStoreError(failed, { action: 'bring records to their files' })
  }

  const bringUpToDate = (): Promise<void> => {
    running ??= checkpoint().finally(() => {
      running = undefined
    })
    return running
  }

  const warnOfKept = (err: unknown): void =>
    logger.warn({ err, code: codeOf(err) }, 'Records could not be brought to their files; the journal has them')

  const schedule = createSchedule({
    due: () =>
      hot.size === 0 && writer.paths().length === 0 ? undefined : { records: hot.size, bytes: writer.size() },
    checkpoint: bringUpToDate,
    onError: warnOfKept,
  })
  schedule.plan()

  return {
    /** The records whose line may be newer than their file. */
    hot: (): ReadonlyMap<string, Hot> => hot,
    /** Call it before files are read; the returned function notes what was found at the path of a record. */
    beginRead: known.beginRead,
    /** Writes the changes. Resolves with the errors of single names when all others are as durable as wanted. */
    write,
    /** Brings every record to its file now, and cuts the journal. */
    bringUpToDate,
    /** Brings these records to their files now. The journal keeps their lines. */
    bringSome: bringNow,
    /** Notes that the files of these names were moved away: earlier lines must not bring the records back. */
    async noteMoved(names: readonly string[], signal: AbortSignal): Promise<void> {
      await inTurn(async () => {
        for (const name of names) known.forget(name)
        const left = names.filter((name) => lined.has(name))
        await append(
          left.map((name) => ({ name, text: null, was: publishing.wasOf(name, [ABSENT]), at: undefined })),
          signal,
        )
      })
    },
    /** Brings every record to its file, and stops the schedule. Rejects when a record cannot be brought to its file. */
    async finish(): Promise<void> {
      schedule.stop()
      await bringUpToDate()
    },
    /** Brings every record to its file, and ends. A record that cannot be brought to its file stays in the journal. */
    async close(): Promise<void> {
      schedule.stop()
      try {
        await running?.catch(() => undefined)
        if (hot.size > SYNCED_AT_CLOSE) await bringUnsynced()
        else await bringUpToDate()
      } catch (error) {
        warnOfKept(error)
      } finally {
        await writer.leave()
      }
    },
  }
}

/** The journal of a writer. */
export type Journal = Awaited<ReturnType<typeof openJournal>>
