/**
 * What makes two selections the same store: the object itself, or the name with its options. A store that was let go and
 * is chosen again is known by it.
 */
export type StoreKey = object | string
