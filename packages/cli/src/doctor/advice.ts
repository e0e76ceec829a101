import { stepsFor } from '../errors.ts'

const ADVICE: Readonly<Record<string, string>> = {
  STORE_UNAVAILABLE: 'Start its server or mount its disk, and check address, port and firewall.',
  STORE_TIMEOUT: 'Its server or disk hangs; look there first. --timeout waits longer.',
  STORE_MISCONFIGURED: 'Change what the message names: owner or mode of the directory, password, table.',
  STORE_READ_ONLY: 'Mount the disk writable, or give the user of the gateway the right to write there.',
  STORE_FULL: 'Make room; the gateway then writes what is missing by itself.',
  CONFIG_MISSING_PACKAGE: 'Install the package that the message names, where the gateway is installed.',
  CONFIG_UNKNOWN_STORE: 'Correct the name; `sessionkeep explain` says where it is written.',
}

/** What to do about an error of a store or of the configuration, by its code. */
export const adviceFor = (code: string): string =>
  ADVICE[code] ?? stepsFor(code, 'doctor')[0]?.do ?? 'Correct what the message names.'
