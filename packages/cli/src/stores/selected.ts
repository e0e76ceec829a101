import { codeOf, messageOf } from '@sessionkeep/contracts'
import { directoryOfPool } from '@sessionkeep/disk'
import type { Opening } from './open.ts'
import { open } from './open.ts'
import { placesOf } from './places.ts'
import { isUnavailable } from './records.ts'
import { explainSelection } from './selection.ts'
import { configOf, type StoreChoice } from './store-choice.ts'
import { hasEnded, type OddRecord, storedSessions } from './stored-sessions.ts'

/** The records of a selected store, or the reason why it cannot be read. */
export interface SelectedStore {
  readonly store: string
  readonly role: 'primary' | 'mirror'
  /** Where its records are, if it is one of our stores on the disk. Only the store itself knows its place if it is another one. */
  readonly place?: string | undefined
  readonly error?: { readonly code: string; readonly message: string }
  readonly durability?: string
  readonly living?: number
  readonly ended?: number
  readonly unreadable?: readonly OddRecord[]
  /** The names of all its records. */
  readonly names?: readonly string[]
}

/** The code of what keeps the store, or one of its records, from being read now; undefined if nothing does. A damaged record does not. */
export const failureOf = ({ error, unreadable = [] }: SelectedStore): string | undefined =>
  error?.code ?? unreadable.find(({ code }) => isUnavailable(code))?.code

/** Opens each selected store for reading, and counts what it has. Nothing is written, and no lock is taken. */
export async function selectedStores(opening: Opening, config: string | undefined): Promise<SelectedStore[]> {
  const metadata = await configOf(opening.io, config)
  const { store, mirror, layer, mirrorLayer } = explainSelection(metadata, opening.logger)
  const objectOr = (name: string, given: StoreChoice['selection'] | undefined, isOfConfig: boolean) =>
    isOfConfig && given !== undefined ? given : name
  const wanted: Array<readonly [SelectedStore['role'], string, StoreChoice['selection']]> = [
    ['primary', store, objectOr(store, metadata.store, layer === 'config')],
    ...mirror.map(
      (name, at) => ['mirror', name, objectOr(name, metadata.mirror?.[at], mirrorLayer === 'config')] as const,
    ),
  ]
  const places = await placesOf(opening.io, config)
  const placeOf = (name: string, selection: StoreChoice['selection']): string | undefined => {
    if (typeof selection !== 'string' || metadata.plugins?.some((plugin) => plugin.name === name)) return undefined
    const directory = places.directory && directoryOfPool(places.directory, opening.poolId)
    return { file: directory, lowdb: places.file }[name]
  }
  const found: SelectedStore[] = []
  for (const [role, name, selection] of wanted) {
    found.push({
      store: name,
      role,
      place: placeOf(name, selection),
      ...(await lookInto({ label: name, selection, metadata, env: opening.io.env }, opening)),
    })
  }
  return found
}

async function lookInto(
  choice: StoreChoice,
  opening: Opening,
): Promise<Omit<SelectedStore, 'store' | 'role' | 'place'>> {
  try {
    const from = await open(choice, opening, { readOnly: true })
    try {
      const { sessions, odd } = await storedSessions(from)
      const ended = sessions.filter(hasEnded).length
      const names = [...sessions.map(({ sessionName }) => sessionName), ...odd.map(({ name }) => name)]
      const { durability } = from.store.capabilities
      return { durability, living: sessions.length - ended, ended, unreadable: odd, names }
    } finally {
      await from.store.close()
    }
  } catch (error) {
    opening.io.signal.throwIfAborted()
    return { error: { code: codeOf(error) ?? 'UNKNOWN', message: messageOf(error) } }
  }
}
