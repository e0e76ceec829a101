import type { AnyCommand } from './command.ts'
import { completion } from './commands/completion.ts'
import { conformance } from './commands/conformance.ts'
import { copy } from './commands/copy.ts'
import { doctor } from './commands/doctor.ts'
import { ended } from './commands/ended.ts'
import { explain } from './commands/explain.ts'
import { exportRecords } from './commands/export.ts'
import { gc } from './commands/gc.ts'
import { importRecords } from './commands/import.ts'
import { ls } from './commands/ls.ts'
import { resume } from './commands/resume.ts'
import { schemaCommand } from './commands/schema.ts'
import { show } from './commands/show.ts'
import { status } from './commands/status.ts'
import { rollback, switchStore } from './commands/switch.ts'
import { attach, capture, keys, send } from './commands/terminal.ts'
import { verify } from './commands/verify.ts'
import { wait } from './commands/wait.ts'
import { watch } from './commands/watch.ts'

const own = [
  ...[ls, show, ended, watch, attach, send, keys, capture, resume],
  ...[status, explain, doctor, switchStore, rollback, wait, gc, conformance],
  ...[exportRecords, importRecords, copy, verify, completion],
]

/** All commands, in the order of the help. */
export const commands: readonly AnyCommand[] = [...own, schemaCommand(own)]
