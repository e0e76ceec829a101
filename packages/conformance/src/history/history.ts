import fc from 'fast-check'
import type { Command } from './commands/command.ts'
import { environment } from './commands/environment.ts'
import { processes } from './commands/processes.ts'
import { requests } from './commands/requests.ts'
import { sessions } from './commands/sessions.ts'
import { switching } from './commands/switching.ts'
import type { HistoryStore } from './options.ts'
import { OBSTACLES, type Obstacle } from './planted.ts'
import { SELECTIONS, type Selection } from './selection.ts'

export interface History {
  readonly selection: Selection
  /** The record that blocks the name of one session, in each of the two stores. */
  readonly obstacles: readonly [Obstacle, Obstacle]
  /** Lets the calls under way go on one after another, in an order that is part of the history. */
  readonly scheduler: fc.Scheduler
  /** The numbers that decide everything else that is random. After the last number, the first is used again. */
  readonly randomNumbers: readonly number[]
  readonly commands: readonly Command[]
}

const isLocked = ({ capabilities: { durability, retains, shared } }: HistoryStore): boolean =>
  retains && !shared && durability !== 'none'

/** Generates histories over these two stores. */
export function historiesOver(stores: readonly [HistoryStore, HistoryStore]): fc.Arbitrary<History> {
  const kinds = [requests, ...sessions, ...environment, ...switching, ...processes(stores.every(isLocked))]
  return fc.record({
    selection: fc.constantFrom(...SELECTIONS.slice(0, 4)),
    obstacles: fc.tuple(fc.constantFrom(...OBSTACLES), fc.constantFrom(...OBSTACLES)),
    scheduler: fc.scheduler(),
    randomNumbers: fc.array(fc.nat(7), { minLength: 1, maxLength: 20, size: 'max' }),
    commands: fc.array(fc.oneof(...kinds), { minLength: 5, maxLength: 30, size: 'max' }),
  })
}
