/** The module that exports the plug-in, by default. */
export const source: string
/** The options of a store that keeps its records in this directory. */
export function optionsFor(directory: string): object
/** The step that each record is of, read without the store; undefined where there is none. */
export function found(directory: string): Record<'one' | 'two' | 'long' | 'flip', number | undefined>
