import type { CreateDeleteLoad, DrillReport } from './report.ts'

/**
 * Formats the report of a drill as text: a table of the steps, then a line for each further figure. Ends with a
 * newline.
 *
 * @example
 * process.stdout.write(formatDrill(await drill(pool)))
 */
export function formatDrill(report: DrillReport): string {
  const { requests, steps, creates, deletes, restored, notDeleted, errors, durationMs, ok } = report
  const rows = [
    ['step', 'stores', 'switch', 'caught up', 'requests', 'longest', 'dirty', 'oldest dirty'],
    ...steps.map((step) => [
      step.action,
      step.stores.join(' + '),
      step.error ? step.error.code : ms(step.switchMs),
      step.catchUpMs === undefined ? 'not in time' : ms(step.catchUpMs),
      String(step.requests),
      ms(step.longestRequestMs),
      String(step.dirtyPeak.names),
      ms(step.dirtyPeak.oldestDirtyMs),
    ]),
  ]
  const lines = [
    ...table(rows),
    '',
    `${requests.made} requests, ${requests.lost} lost, ${requests.unacknowledged} not acknowledged; longest ${ms(requests.longestMs)}, p99.9 ${ms(requests.p999Ms)}`,
    `${createDelete(creates, 'created')}; ${createDelete(deletes, 'deleted')}`,
    { yes: 'the pool is restored', superseded: 'another caller has switched meanwhile', failed: 'NOT RESTORED' }[
      restored
    ],
    ...notDeleted.map((workspace) => `not deleted: ${workspace}`),
    ...errors.map(({ during, code, message, times }) => `${during}: ${code ?? 'error'}, ${times} times: ${message}`),
    `${ok ? 'ok' : 'NOT OK'}, ${(durationMs / 1000).toFixed(1)} s`,
  ]
  return `${lines.join('\n')}\n`
}

function table(rows: readonly string[][]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function createDelete({ made, longestMs, longestSteadyMs, waited }: CreateDeleteLoad, verb: string): string {
  return `${made} ${verb}, the slowest in ${ms(longestMs)} (${ms(longestSteadyMs)} without a switch), ${waited} waited`
}

function ms(time: number): string {
  return `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`
}
