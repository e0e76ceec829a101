/** The records that the writer sets at every step. The last name is too long for a file name. */
export const NAMES = ['one', 'two', 'x'.repeat(250)]
