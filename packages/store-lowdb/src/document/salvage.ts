import { isObject } from '@sessionkeep/disk'
import type { Document } from './document.ts'
import { type ExactJson, parseExactly } from './exact-json.ts'

const SECTION = /^ {2}"(records|pools)": \{$/
const MEMBER = /^( *)("(?:[^"\\]|\\.)*"): (.*)$/

/**
 * Returns the complete records of a damaged document. They are found line by line, by the layout in which the
 * document is written, so records before and after the damage are found, and only the damaged one is lost.
 */
export function salvage(text: string): Document {
  const namespaces = new Map<string | undefined, Map<string, string>>()
  const lines = text.split('\n')
  let section: string | undefined
  let pool: string | undefined
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const [, opened] = SECTION.exec(line) ?? []
    if (opened !== undefined || /^ {2}\S/.test(line)) {
      section = opened
      pool = undefined
      continue
    }
    const [, indent = '', name = '', rest = ''] = MEMBER.exec(line) ?? []
    if (section === 'pools' && indent.length === 4) pool = rest === '{' ? String(parsed(name)?.value) : undefined
    const isRecord = section === 'records' ? indent.length === 4 : pool !== undefined && indent.length === 6
    if (!isRecord) continue
    const record = parsed(rest === '{' ? blockFrom(lines, at, indent) : rest.replace(/,$/, ''))
    const key = parsed(name)?.value
    if (!isObject(record?.value) || typeof key !== 'string') continue
    const records = namespaces.get(pool) ?? new Map<string, string>()
    namespaces.set(pool, records.set(key, record.text(record.value)))
  }
  return { namespaces, setAside: [], unknown: new Map() }
}

/** Returns the object that opens at the end of this line, up to the closing bracket at the same indentation. */
function blockFrom(lines: readonly string[], at: number, indent: string): string {
  const closing = `${indent}}`
  for (let end = at + 1; end < lines.length; end += 1) {
    const line = lines[end] ?? ''
    if (line === closing || line === `${closing},`) return ['{', ...lines.slice(at + 1, end), '}'].join('\n')
    // Every line inside the object is indented more. A line indented less means that the rest is missing.
    if (!line.startsWith(`${indent} `)) return ''
  }
  return ''
}

function parsed(text: string): ExactJson | undefined {
  try {
    return parseExactly(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
