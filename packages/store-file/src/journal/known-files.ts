import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { codeOf, type Logger } from '@sessionkeep/contracts'
import {
  type Attachment,
  makeDurable,
  NEVER_ABORTED,
  toStoreError,
  type WriteTarget,
  withPermit,
} from '@sessionkeep/disk'
import { doEachAsync } from '@sessionkeep/store-kit'
import { directoryInPlace, fileOf, readFileOf, signatureOf as signatureOfFile } from '../record-file.ts'
import { ABSENT, type Mark, NO_FILE, UNKNOWN } from './line.ts'
import type { Stand } from './overlay.ts'
import { syncFile } from './sync-file.ts'
import type { Change } from './types.ts'

interface Known {
  /** A text that changes whenever the file is changed or replaced. */
  readonly signature: string
  /** What the path may hold after a power cut: more than one mark until the directory was synced. */
  readonly marks: readonly Mark[]
}

const NOT_LOOKED_UP: readonly Mark[] = [UNKNOWN]

/**
 * Remembers what this writer left at the paths of records, so that a change by somebody else is noticed without
 * reading every file again.
 */
export function createKnownFiles(target: WriteTarget, logger: Logger) {
  const { attachment } = target
  const known = new Map<string, Known>()
  /** Whether a person has changed files since the directory was last synced. */
  let isChanged = false
  /** How many changes of a path this writer has made that `known` does not show. */
  let unnoted = 0
  const forget = (name: string): void => {
    unnoted += 1
    known.delete(name)
  }

  const statOf = async (name: string): Promise<Stats | undefined> => {
    try {
      const stat = await lstat(fileOf(attachment, name).path)
      if (stat.isDirectory()) throw Object.assign(new Error('a directory is in place of the file'), { code: 'EISDIR' })
      return stat
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }

  return {
    /** The marks that are remembered; `UNKNOWN` if there are none. */
    marks: (name: string): readonly Mark[] => known.get(name)?.marks ?? NOT_LOOKED_UP,
    /**
     * Call it before files are read. Returns the function that notes what was found at a path, if nothing is remembered. It notes
     * nothing once this writer has changed a path that is not remembered: what was found may be from before that change.
     */
    beginRead(): (name: string, stand: Stand) => void {
      const before = unnoted
      return (name, { mark, signature }) => {
        if (signature === undefined || unnoted !== before || known.has(name)) return
        known.set(name, { signature, marks: [mark] })
      }
    },
    /**
     * Looks up the path, reads the file if it has changed, and returns its possible marks. A file that a person has changed is
     * synced; then call `makeChangesDurable()`. Call it with a permit.
     */
    async look(name: string): Promise<readonly Mark[]> {
      const signature = signatureOf(await statOf(name))
      // This is read after the wait, since a record may have been brought to this file meanwhile.
      const before = known.get(name)
      if (before?.signature === signature) return before.marks
      const { stand } = await readFileOf(fileOf(attachment, name), NEVER_ABORTED)
      if (before && !before.marks.includes(stand.mark)) {
        // This is noted after the sync, so that the next call tries again when the sync fails.
        if (target.sync && stand.mark !== ABSENT && stand.mark !== NO_FILE)
          await syncFile(fileOf(attachment, name).path)
        isChanged = true
        tellChange(logger, name, stand.mark)
        known.set(name, { signature, marks: [stand.mark] })
        return [stand.mark]
      }
      const marks = [...new Set([...(before?.marks ?? []), stand.mark])]
      known.set(name, { signature, marks })
      return marks
    },
    /**
     * Syncs the directory if a person has changed files. Otherwise a power cut could bring back what was there before. A line
     * would have to allow for that, and would then overrule a person who puts the former content back.
     */
    async makeChangesDurable(): Promise<void> {
      if (!isChanged) return
      await makeDurable(target)
      isChanged = false
    },
    /**
     * Notes that this writer is about to put `mark` at the path, where `was` is now. Until `confirm()`, the path may hold
     * either of them, and a power cut may bring back what was there before.
     */
    expect(name: string, mark: Mark, was = known.get(name)?.marks.at(-1)): void {
      if (was === undefined) {
        unnoted += 1
        return
      }
      const marks = new Set([...(known.get(name)?.marks ?? []), was])
      marks.delete(mark)
      known.set(name, { signature: UNKNOWN, marks: [...marks, mark] })
    },
    /**
     * Notes that this writer has put `mark` at the path: the file with the stat `put`, or none. If a person has changed it since,
     * the next look-up reads the file. Call it with a permit, after `expect()`.
     */
    async note(name: string, mark: Mark, put: Stats | undefined): Promise<void> {
      const now = await statOf(name)
      const signature = isSameContent(now, put) ? signatureOf(now) : UNKNOWN
      known.set(name, { signature, marks: known.get(name)?.marks ?? [mark] })
    },
    /** Notes that a power cut cannot bring back what was at the path before `mark`. */
    confirm(name: string, mark: Mark): void {
      const now = known.get(name)
      if (now?.marks.at(-1) !== mark) return
      // A name that is removed for good would otherwise be remembered for as long as the process runs.
      if (mark === ABSENT) forget(name)
      else known.set(name, { ...now, marks: [mark] })
    },
    /** Forgets the name; its file will be read when it is written next. */
    forget,
  }
}

function signatureOf(stat: Stats | undefined): string {
  return stat ? signatureOfFile(stat) : ABSENT
}

/** Whether two stats are of the same content. The rename between them has changed nothing but `ctime`. */
function isSameContent(one: Stats | undefined, other: Stats | undefined): boolean {
  return one?.ino === other?.ino && one?.size === other?.size && one?.mtimeMs === other?.mtimeMs
}

/** Tells that somebody changed a file whose record was written again after that. */
export function tellChange(logger: Logger, name: string, mark: Mark): void {
  const now = mark === ABSENT ? 'removed' : mark === NO_FILE ? 'replaced' : 'changed'
  logger.info({ name, now }, 'The file of a record was changed by hand before the record was written again')
}

/** What is remembered about the files of records. */
export type KnownFiles = ReturnType<typeof createKnownFiles>

/** Looks up the path of each change. Returns the possible marks of each, or why its path cannot be looked up. */
export async function lookUp(
  changes: readonly Change[],
  { attachment, known }: { readonly attachment: Attachment; readonly known: KnownFiles },
  signal: AbortSignal,
) {
  const names = changes.map(({ name }) => name)
  const looked = await withPermit(signal, () =>
    doEachAsync(names, { signal, concurrency: 1 }, async (name) => {
      try {
        return await known.look(name)
      } catch (error) {
        const { path } = fileOf(attachment, name)
        const action = `write ${JSON.stringify(name)}`
        throw directoryInPlace(error, name, path) ?? toStoreError(error, { action, context: { name } })
      }
    }),
  )
  await known.makeChangesDurable()
  return looked
}
