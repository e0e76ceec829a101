import { CodedError, type CodedErrorOptions } from './coded-error.ts'

/**
 * What is wrong with a configuration, and where it came from.
 *
 * - `CONFIG_INVALID`: a value of the wrong type or outside its range.
 * - `CONFIG_UNREADABLE`: a configuration file that is not there, cannot be read, or is no JSON; the message has file and line.
 * - `CONFIG_UNKNOWN_STORE`: no store of that name; the message suggests the nearest.
 * - `CONFIG_MISSING_PACKAGE`: the store's package is not installed; the message has the command.
 * - `CONFIG_PLUGIN_INVALID`: the module is there, and is not a store plug-in of this apiVersion.
 */
export type ConfigErrorCode =
  | 'CONFIG_INVALID'
  | 'CONFIG_UNREADABLE'
  | 'CONFIG_UNKNOWN_STORE'
  | 'CONFIG_MISSING_PACKAGE'
  | 'CONFIG_PLUGIN_INVALID'

export class ConfigError extends CodedError<ConfigErrorCode> {
  constructor(code: ConfigErrorCode, message: string, options: CodedErrorOptions = {}) {
    super(code, message, { retryable: false, ...options })
  }
}
