/** A store behind a pool, identified by this object. The label is for messages; a later store may have the same label. */
export interface StoreRef {
  readonly label: string
  /** Whether each session carries its own record in this store, so that the programs in it can write the record. */
  readonly liveOnly?: boolean
  /** Whether programs of other machines can write to this store. */
  readonly shared?: boolean
}
