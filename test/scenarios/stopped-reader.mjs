// Logs many lines by the default logger, then says so on standard output.
import { defaultLogger } from '../../packages/selection/src/internal.ts'

const logger = defaultLogger()
for (let at = 0; at < 3000; at += 1) logger.warn({ at, text: 'x'.repeat(200) }, 'A store fails')
process.stdout.write('done\n')
