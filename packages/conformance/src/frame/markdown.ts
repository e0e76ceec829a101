import type { Outcome, SuiteReport } from './report.ts'

const WORDS: Readonly<Record<Outcome, string>> = {
  passed: 'holds',
  failed: '**broken**',
  'not applicable': 'does not apply',
  'not tried': 'not tried',
  'not run': 'not run',
}

/**
 * Formats a report as a Markdown table, for a README.
 *
 * @example
 * ```ts
 * console.log(toMarkdown(suite.report()))
 * ```
 */
export function toMarkdown({ suite, name, declared, level, clauses, longestStallMs }: SuiteReport): string {
  const facts = Object.entries(declared).map(([key, value]) => `${key} \`${value}\``)
  const rows = clauses.map(({ title, outcome, reason }) => {
    const why = reason && outcome !== 'passed' ? `: ${firstLine(reason)}` : ''
    return `| ${cell(title)} | ${WORDS[outcome]}${cell(why)} |`
  })
  return [
    `**${name}** (${suite}${facts.length > 0 ? `; ${facts.join(', ')}` : ''}): level **${level}**. Longest stall of the event loop: ${longestStallMs} ms.`,
    '',
    '| clause | |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''
const cell = (text: string): string => text.replaceAll('|', '\\|')
