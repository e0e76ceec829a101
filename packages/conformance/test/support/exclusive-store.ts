import { type MetadataStore, StoreError } from '@sessionkeep/contracts'
import type { Place } from '../../src/index.ts'
import { soundStore } from './sound-store.ts'

const held = new Set<string>()

/** A sound store on a backend that admits one opening at a time, for reading too, as the files of LevelDB do. */
export function exclusiveStore(place: Place): MetadataStore {
  const store = soundStore(place)
  let isMine = false
  const release = () => {
    if (isMine) held.delete(place.id)
    isMine = false
  }
  return {
    ...store,
    async open(context) {
      if (held.has(place.id) && !isMine) throw new StoreError('STORE_LOCKED', 'The backend is open elsewhere.')
      held.add(place.id)
      isMine = true
      await store.open(context).catch((error: unknown) => {
        release()
        throw error
      })
    },
    async close() {
      await store.close()
      release()
    },
  }
}
