import { expect, test } from 'vitest'
import { can } from '../../packages/store-file/test/support/prerequisites.ts'
import { privateServer } from '../../packages/tmux/test/support/private-server.ts'
import { hasRedis } from './redis.ts'
import { rollbackOfHangingStores } from './rollback-of-hanging-stores.ts'

test.skipIf(!(hasRedis && can.loop && can.mount))(
  'rollback() resolves though the disk and Redis hang, and the pool makes and serves sessions (needs root, a loop device and redis-server)',
  async () => {
    const { socketPath } = privateServer()
    expect(await rollbackOfHangingStores({ times: 2, sessions: 3, socketPath })).toHaveLength(2)
  },
)
