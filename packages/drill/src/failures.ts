import type { DrillError } from './report.ts'

/** Returns the `code` of an error. `instanceof` is not used, because two copies of core may be loaded. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/**
 * Collects failures. Equal failures are one entry with a count, so that a store that is down for a minute gives one
 * line.
 */
export function createFailures() {
  const failures = new Map<string, DrillError>()
  return {
    add(during: string, error: unknown): void {
      const code = codeOf(error)
      const key = `${during} ${code}`
      const message = error instanceof Error ? error.message : String(error)
      failures.set(key, { during, code, message, times: (failures.get(key)?.times ?? 0) + 1 })
    },
    all: (): DrillError[] => [...failures.values()],
  }
}

export type Failures = ReturnType<typeof createFailures>
