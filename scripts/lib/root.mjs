import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root directory of the repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** The path of the command of an installed tool. */
export const tool = (name) => join(root, 'node_modules', '.bin', name)
