import type { ConfigError } from '../errors/config-error.ts'
import type { MetadataOptions } from '../pool/resolve-options.ts'

/** What a file says at one moment. */
export interface ConfigReading {
  /** Of the content; equal for equal content. */
  readonly fingerprint: string
  /** The options in it. Throws a `ConfigError` that names the file where they cannot be used. */
  options(): MetadataOptions
}

/** Where options of the kind `metadata` came from, so that a pool can look again. */
export interface ConfigSource {
  /** The file; undefined where none was found and the defaults hold. */
  readonly file: string | undefined
  /** Where stores given as a package are looked for first: the directory of the file, else where the search began. */
  readonly directory: string
  /** What it said when it was loaded. */
  readonly loaded: MetadataOptions
  /** Of the content that was loaded; undefined where there is no file. */
  readonly fingerprint: string | undefined
  /** Reads the file again; rejects with `CONFIG_UNREADABLE`. Undefined for what is read once alone: a module, and no file at all. */
  readonly read: (() => Promise<ConfigReading>) | undefined
  /** Why none of it is in use; only where `SESSIONKEEP_STORE` has chosen `memory` or `none`, which need nothing of it. */
  readonly fault?: ConfigError | undefined
}
