import type { Logger } from '../contracts/logger.ts'
import { codeOf } from '../errors/code-of.ts'
import { ConfigError, type ConfigErrorCode } from '../errors/config-error.ts'
import { checkSelection } from './check-selection.ts'
import { findStore, STORE_NAMES } from './load-store.ts'
import type { DesiredSelection, StoreChoice } from './selection.ts'

/**
 * Rejects with a `ConfigError` where the wanted stores cannot be had: no such name, not installed, wrong options. Nothing is
 * opened. `originOf` says where a choice was made, for the message.
 */
export async function checkLoadable(
  desired: DesiredSelection,
  logger: Logger,
  originOf: (choice: StoreChoice) => string | undefined,
): Promise<void> {
  const { store, mirror, stores, directory } = desired
  checkSelection([store, ...mirror], stores, STORE_NAMES)
  for (const choice of [store, ...mirror]) {
    await findStore(choice, stores, logger, directory).catch((error: unknown) => {
      throw withOrigin(error, originOf(choice))
    })
  }
}

function withOrigin(error: unknown, origin: string | undefined): unknown {
  const code = codeOf(error)
  if (!origin || !code?.startsWith('CONFIG_')) return error
  const { message, context } = error as ConfigError
  return new ConfigError(code as ConfigErrorCode, `${message} (${origin})`, {
    cause: error,
    context: { ...context, origin },
  })
}
