/** A store behind a pool, identified by this object. The label is for messages; a later store may have the same label. */
export interface StoreRef {
  readonly label: string
}
