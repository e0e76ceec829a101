import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's top directory. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** The path of an installed tool's command. */
export const tool = (name) => join(root, 'node_modules', '.bin', name)
