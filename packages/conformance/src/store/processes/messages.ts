import type { Place } from '../../frame/place.ts'

/** What a process with a store is asked to do; plain JSON. */
export type Order =
  | { verb: 'create'; place: Place }
  | { verb: 'open'; owner?: string }
  | { verb: 'set'; records: Array<[string, unknown]> }
  | { verb: 'delete'; names: string[] }
  | { verb: 'get'; names: string[] }
  | { verb: 'close' }

export interface Request {
  readonly id: number
  readonly order: Order
}

/** Its answer: `code` and `message` of what it rejected with, else the value. */
export interface Reply {
  readonly id: number
  readonly value?: unknown
  readonly failed?: { readonly code?: string | undefined; readonly message: string }
}
