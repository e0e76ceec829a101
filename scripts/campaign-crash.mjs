import { readOptions } from './lib/arguments.mjs'
import { CUTS, campaignTable, FAULTS, JOURNAL, KILLS } from './lib/journal-campaigns.mjs'

const HELP = `
Kills the journal of the file store at random and at every system call, and cuts the power of its disk, with controls
that must fail; docs/reliability.md has the results. Run it as root on Linux. Never part of npm test, which has a short
form of it.
  npm run campaign:crash                        1,000 kills, every system call, 250 cuts on ext4 and on XFS; hours
  npm run campaign:crash -- --cycles 50 --cuts 10    shorter
`
const { cycles, cuts } = readOptions(HELP, {
  cycles: { type: 'number', default: 1000 },
  cuts: { type: 'number', default: 250 },
})
const power = (fs, control, count, ...more) => ({
  name: `power cut, ${fs}${control === 'none' ? '' : `, control ${control}`}`,
  command: [CUTS, '--subject', JOURNAL, '--fs', fs, '--cuts', String(count), '--control', control, ...more],
  mustFail: control !== 'none',
})
const kills = (control, count) => ({
  name: `kill at random${control === 'none' ? '' : `, control ${control}`}`,
  command: [KILLS, '--cycles', String(count), '--control', control],
  mustFail: control !== 'none',
})
const calls = (control) => ({
  name: `kill at every system call${control === 'none' ? '' : `, control ${control}`}`,
  command: [FAULTS, '--only', 'kill', '--control', control],
  mustFail: control !== 'none',
})

process.exitCode = await campaignTable([
  kills('none', cycles),
  ...['no-was', 'acknowledged-early', 'early-cut'].map((control) => kills(control, 20)),
  calls('none'),
  ...['no-checksum', 'early-cut'].map(calls),
  ...['ext4', 'xfs'].flatMap((fs) => [
    power(fs, 'none', cuts),
    ...['no-sync', 'no-line-sync'].map((control) => power(fs, control, 5)),
  ]),
  // Only right after a reopening are the records in the files alone; later the journal has them too.
  power('xfs', 'no-file-sync', 10, '--at', 'reopening'),
])
