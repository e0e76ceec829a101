import type { Place } from '../../frame/place.ts'

/** A call that is sent to the process of a store, as plain JSON. */
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

/** The result of a call: its value, or the code and message of its error. */
export interface Reply {
  readonly id: number
  readonly value?: unknown
  readonly failed?: { readonly code?: string | undefined; readonly message: string }
}
