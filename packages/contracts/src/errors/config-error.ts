import { CodedError, type CodedErrorOptions } from './coded-error.ts'

/**
 * The code of a {@link ConfigError}.
 *
 * - `CONFIG_INVALID`: a value of the wrong type or outside its range.
 * - `CONFIG_UNREADABLE`: a configuration file is missing, cannot be read, or is not JSON; the message has file and line.
 * - `CONFIG_UNTRUSTED`: a configuration or a module of a store is not used, because other users could change it; the message says how to mend that.
 * - `CONFIG_UNKNOWN_STORE`: there is no store of that name; the message suggests the closest one.
 * - `CONFIG_MISSING_PACKAGE`: the store's package is not installed; the message has the command.
 * - `CONFIG_PLUGIN_INVALID`: the module was found, but is no store plug-in of this apiVersion.
 */
export type ConfigErrorCode =
  | 'CONFIG_INVALID'
  | 'CONFIG_UNREADABLE'
  | 'CONFIG_UNTRUSTED'
  | 'CONFIG_UNKNOWN_STORE'
  | 'CONFIG_MISSING_PACKAGE'
  | 'CONFIG_PLUGIN_INVALID'

/** A wrong configuration. The message names the setting, where it came from, and what to change. Never retryable by default. */
export class ConfigError extends CodedError<ConfigErrorCode> {
  constructor(code: ConfigErrorCode, message: string, options: CodedErrorOptions = {}) {
    super(code, message, { retryable: false, ...options })
  }
}
