import type { DrillError } from './report.ts'

/** The `code` of an error, whoever made it: two copies of core may be loaded, so that `instanceof` says nothing. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** What failed, each kind once, with how often: a store that is down for a minute is one line. */
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
