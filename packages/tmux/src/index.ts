export type { Exec, ExecOptions, ExecResult } from './exec.ts'
export type { GonePattern, Prefix, TmuxHostOptions } from './options.ts'
export { type TmuxHost, tmuxHost } from './tmux-host.ts'
