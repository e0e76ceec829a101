/** The path of the module whose default export is the plug-in. */
export const source: string
/** Returns the options of a store whose records are in this directory. */
export function optionsFor(directory: string): object
/** Reads the step of each record without the store; undefined when there is no record. */
export function found(directory: string): Record<'one' | 'two' | 'long' | 'flip', number | undefined>
