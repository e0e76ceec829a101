/** What the writer sets at every step; the last one is too long for the name of a file. */
export const NAMES = ['one', 'two', 'x'.repeat(250)]
