import type { Fence } from './fences.ts'

/** A source file made of one fence, or of several that continue each other. */
export interface Program {
  readonly path: string
  readonly fileName: string
  readonly isRun: boolean
  /** The text is padded with empty lines, so that its line numbers are those of the page. */
  readonly text: string
}

const EXTENSIONS: Readonly<Record<string, string>> = { ts: 'ts', js: 'js', mjs: 'mjs', cjs: 'cjs' }

/** The programs to type-check. A fence marked `continue` is appended to the fence before it in the same page. */
export function programsOf(fences: readonly Fence[]): Program[] {
  const programs: Program[] = []
  for (const fence of fences) {
    const extension = EXTENSIONS[fence.language]
    if (extension === undefined) continue
    const before = fence.words.includes('continue') ? programs.pop() : undefined
    if (fence.words.includes('continue') && before?.path !== fence.path) {
      throw new Error(`${fence.path}:${fence.line}: continues nothing`)
    }
    programs.push(before ? continued(before, fence) : started(fence, extension))
  }
  return programs
}

function started(fence: Fence, extension: string): Program {
  const slug = fence.path.replace(/\.md$/, '').replace(/[^A-Za-z0-9]+/g, '-')
  const [named] = fence.words.flatMap((word) => /^as=(.+)/.exec(word)?.[1] ?? [])
  return {
    path: fence.path,
    fileName: named ?? `${slug}-${fence.line}.${extension}`,
    isRun: fence.words.includes('run'),
    text: padded('', fence),
  }
}

function continued(before: Program, fence: Fence): Program {
  return { ...before, isRun: before.isRun || fence.words.includes('run'), text: padded(before.text, fence) }
}

function padded(text: string, { line, text: more }: Fence): string {
  return text + '\n'.repeat(line - text.split('\n').length) + more
}
