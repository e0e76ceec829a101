import type { Io } from '../io.ts'

/** Matches a call of this command at the beginning of a text, or in backticks within a sentence. */
const OWN = /(^|`)sessionkeep (?=[a-z-])/g

/**
 * Changes the calls of this command in a text so that they can be typed as they are. If npm ran the command, it is installed in a
 * project and not on the `PATH`; `--no-install` keeps npx from running a package of another author.
 */
export function asCalled(text: string, { env }: Pick<Io, 'env'>): string {
  return env.npm_command === undefined ? text : text.replace(OWN, '$1npx --no-install sessionkeep ')
}
