export { CliError, type CliErrorCode, type ExitCode } from './errors.ts'
export type { Io } from './io.ts'
export { run } from './run.ts'
