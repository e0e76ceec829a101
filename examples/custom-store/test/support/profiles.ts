/** The capabilities that the plug-in declares for the two drivers. */
export const FS = { durability: 'none', retains: true, shared: true } as const
export const MEMORY = { durability: 'none', retains: true, shared: false } as const

/** The directory of the fs driver inside a directory of the test. */
export const BASE = 'base'
