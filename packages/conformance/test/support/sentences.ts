import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const contracts = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'contracts', 'src', 'contracts')

/** Every sentence of a contract's doc comments, without punctuation, default values and examples. */
export function sentencesOf(file: string): string[] {
  const text = readFileSync(join(contracts, file), 'utf8')
  return [...text.matchAll(/\/\*\*(.*?)\*\//gs)].flatMap(([, comment = '']) => {
    const plain = comment.replace(/@(defaultValue|example)[\s\S]*/, '').replace(/^\s*\*/gm, ' ')
    return plain
      .split(/(?<=[.;])\s+/)
      .map(plainly)
      .filter(Boolean)
  })
}

/** Removes code marks, final punctuation, and differences of case and spacing. */
export function plainly(text: string): string {
  return text
    .replaceAll(/[`’']/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/[.;:]+$/, '')
    .toLowerCase()
}
