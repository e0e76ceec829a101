import type { Logger } from '@sessionkeep/contracts'
import type { ConfigSource } from './config-source.ts'

/** Logs which configuration is used, and which files look like one and are not used. */
export function logSource({ file, overlooked = [], unused = [] }: ConfigSource, logger: Logger): void {
  if (file !== undefined) logger.info({ file }, 'The configuration was read from a file')
  for (const each of overlooked) {
    logger.warn({ file: each }, 'A file looks like a configuration and is not read - its name is not one of ours')
  }
  for (const each of unused) {
    logger.warn({ file: each.file, why: each.why }, 'A configuration file was found, but is not used')
  }
}
