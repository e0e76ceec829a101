import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const TMPFS = 0x01021994

// Tests of durability need a disk, and /tmp is in memory on some systems.
if (process.platform === 'linux' && statfsSync(tmpdir()).type === TMPFS) process.env.TMPDIR = '/var/tmp'
