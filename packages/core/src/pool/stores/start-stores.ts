import { atMost } from '../../base/timeout.ts'
import { unlessAborted } from '../../base/unless-aborted.ts'
import { codeOf } from '../../errors/code-of.ts'
import { ConfigError } from '../../errors/config-error.ts'
import type { StoreError } from '../../errors/store-error.ts'
import { checkSelection } from '../../selection/check-selection.ts'
import { loadStore } from '../../selection/load-store.ts'
import { withOrigin } from '../../selection/origin.ts'
import type { PoolCore } from '../../sessions/pool-core.ts'
import { NONE_COSTS } from '../../stores/none-store.ts'
import { addMember } from './add-member.ts'
import { nameOf, planOf, type Wanted } from './plan.ts'

/**
 * Loads the wanted stores and attaches them side by side; goes on without those that are not there in time, and with
 * none of them once `signal` says that something else is wanted.
 * Rejects with a `ConfigError` where a store cannot be had as configured, and then holds nothing.
 */
export async function startStores(
  core: PoolCore,
  { desired, afterRestart }: Wanted,
  signal: AbortSignal,
): Promise<void> {
  const plan = planOf(desired, afterRestart)
  const choices = plan.map(({ choice }) => choice)
  checkSelection(choices, desired.stores)
  const loaded = await Promise.all(choices.map((choice) => loadStore(choice, desired, core.logger)))
  if (core.stopped) return
  if (!signal.aborted) {
    if (nameOf(desired.store) === 'none') core.logger.warn({ store: 'none' }, NONE_COSTS)
    const members = plan.flatMap((planned, at) => {
      const store = loaded[at]
      return store ? [addMember(core, planned, store, false)] : []
    })
    const attaching = Promise.all(members.map(({ replica }) => replica.attach()))
    try {
      await unlessAborted(signal, atMost(core.options.metadata.attachDeadlineMs, attaching))
    } catch (error) {
      if (!signal.aborted) {
        const failed = members.findIndex(({ replica }) => replica.error() === error)
        await core.replicas.clear()
        throw withOrigin(misconfigured(error), desired.origins?.choice(choices[failed] ?? desired.store))
      }
    }
  }
  // Without a store that answered in time there was no survey yet: what lives is served all the same.
  if (!core.hostListed) await core.discover()
}

function misconfigured(error: unknown): unknown {
  if (codeOf(error) !== 'STORE_MISCONFIGURED') return error
  // What the store lacks is a package, which it has named.
  const isMissing = (error as StoreError).context?.package !== undefined
  const code = isMissing ? 'CONFIG_MISSING_PACKAGE' : 'CONFIG_INVALID'
  return new ConfigError(code, `The store cannot be used as configured: ${(error as Error).message}`, {
    cause: error,
  })
}
