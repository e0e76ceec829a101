import type { Logger } from '../../src/index.ts'

interface Line {
  level: keyof Logger
  fields: Record<string, unknown>
  message: string
}

/** A logger that collects its lines. */
export function recordingLogger() {
  const lines: Line[] = []
  const at = (level: keyof Logger) => (fields: object, message: string) => {
    lines.push({ level, fields: fields as Record<string, unknown>, message })
  }
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  return { logger, lines, with: (message: string) => lines.filter((line) => line.message === message) }
}
