import { stepsFor } from '../errors.ts'
import { isUnavailable } from '../stores/records.ts'

const ADVICE: Readonly<Record<string, string>> = {
  STORE_UNAVAILABLE: 'Start its server or mount its disk, and check address, port, firewall and rights.',
  STORE_TIMEOUT: 'Its server or disk hangs; look there first. --timeout waits longer.',
  STORE_MISCONFIGURED: 'Change what the message names: owner or mode of the directory, password, table.',
  STORE_READ_ONLY: 'Mount the disk writable, or give the user of the gateway the right to write there.',
  STORE_FULL: 'Make room; the gateway then writes what is missing by itself.',
  STORE_RECORD_UNREADABLE:
    'Mend or remove it while the gateway is stopped. The pool sets a damaged record aside before it writes a new one.',
  STORE_RECORD_NEWER: 'Run the release that wrote it, or a later one. This one leaves the record as it is.',
  CONFIG_MISSING_PACKAGE: 'Install the package that the message names, where the gateway is installed.',
  CONFIG_UNKNOWN_STORE: 'Correct the name; `sessionkeep explain` says where it is written.',
}

/** What to do about an error of a store or of the configuration, by its code. */
export const adviceFor = (code: string): string =>
  ADVICE[code] ?? stepsFor(code, 'doctor')[0]?.do ?? 'Correct what the message names.'

/** What to do about a single record that cannot be read. One that the store cannot read now must not be removed. */
export const adviceForRecord = (code: string): string =>
  isUnavailable(code) ? `It may be whole, so leave it there. ${adviceFor(code)}` : adviceFor(code)
