/** A store behind a pool, told from all others by the object itself. Its label is what it is called; a later one may bear it again. */
export interface StoreRef {
  readonly label: string
  /** Whether its records are carried by their sessions, and can be written by whatever runs in them. */
  readonly liveOnly?: boolean
}
