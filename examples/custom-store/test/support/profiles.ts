/** What the plug-in declares of the two drivers. */
export const FS = { durability: 'none', retains: true, shared: true } as const
export const MEMORY = { durability: 'none', retains: true, shared: false } as const

/** Where, in a directory of the test, the fs driver is to keep its files. */
export const BASE = 'base'
