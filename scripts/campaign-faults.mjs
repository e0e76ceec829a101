import { readOptions } from './lib/arguments.mjs'
import { campaignTable, FAULTS } from './lib/journal-campaigns.mjs'

const HELP = `
Lets every system call of the journal of the file store fail, once and from then on, and cuts writes short;
docs/reliability.md has the results. Run it on Linux with strace. Never part of npm test, which has a short form of it.
  npm run campaign:faults                            about an hour
  npm run campaign:faults -- --calls fsync,rename    some system calls
`
const { calls } = readOptions(HELP, { calls: { type: 'string', default: '' } })
const faults = (control) => ({
  name: `every system call fails${control === 'none' ? '' : `, control ${control}`}`,
  command: [FAULTS, '--only', 'error', '--calls', calls, '--control', control],
  mustFail: control !== 'none',
})

process.exitCode = await campaignTable([faults('none'), ...['no-checksum', 'no-was'].map(faults)])
