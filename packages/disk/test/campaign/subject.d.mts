/** The path of the module whose default export is the plug-in. */
export const source: string
/** Returns the options of a store whose records are in this directory. */
export function optionsFor(directory: string): object
/** Reads the step of each record without the store; undefined when there is no record. */
export function found(directory: string, built: string): Found | Promise<Found>
type Found = Record<'one' | 'two' | 'long' | 'flip', number | undefined>
/** After how many steps the writer closes and opens the store; undefined: never. */
export const reopenEvery: number | undefined
/** Builds the store, or the variant of a control; undefined when the subject has no controls of its own. */
export const build: ((control: string, outDir: string) => Promise<string>) | undefined
