import fc from 'fast-check'
import type { Command } from './commands/command.ts'
import { processes } from './commands/processes.ts'
import { requests } from './commands/requests.ts'
import { sessions } from './commands/sessions.ts'
import { surroundings } from './commands/surroundings.ts'
import { switching } from './commands/switching.ts'
import type { HistoryStore } from './options.ts'
import { OBSTACLES, type Obstacle } from './planted.ts'
import { SELECTIONS, type Selection } from './selection.ts'

export interface History {
  readonly selection: Selection
  /** What is in the way in the two stores. */
  readonly obstacles: readonly [Obstacle, Obstacle]
  /** Lets the calls that are under way go on, one after another, in an order of its own. */
  readonly scheduler: fc.Scheduler
  /** What else is left to chance; used round and round. */
  readonly lots: readonly number[]
  readonly commands: readonly Command[]
}

const isLocked = ({ capabilities: { durability, retains, shared } }: HistoryStore): boolean =>
  retains && !shared && durability !== 'none'

/** All histories over these two stores. */
export function historiesOver(stores: readonly [HistoryStore, HistoryStore]): fc.Arbitrary<History> {
  const kinds = [requests, ...sessions, ...surroundings, ...switching, ...processes(stores.every(isLocked))]
  return fc.record({
    selection: fc.constantFrom(...SELECTIONS.slice(0, 4)),
    obstacles: fc.tuple(fc.constantFrom(...OBSTACLES), fc.constantFrom(...OBSTACLES)),
    scheduler: fc.scheduler(),
    lots: fc.array(fc.nat(7), { minLength: 1, maxLength: 20, size: 'max' }),
    commands: fc.array(fc.oneof(...kinds), { minLength: 5, maxLength: 30, size: 'max' }),
  })
}
