import { STORES, type StoreFact } from './facts.ts'

const SURVIVES = { none: 'nothing', process: 'a kill', power: 'a power cut' } as const

/** The table of what each store keeps, from its declared capabilities. */
export function keepsTable(): string[][] {
  return [['`store`', 'install', 'a write survives', 'several gateways at once', 'limits'], ...STORES.map(rowOf)]
}

function rowOf(fact: StoreFact): string[] {
  const { capabilities } = fact.make('/nowhere')
  const least = SURVIVES[capabilities.durability]
  const more = fact.isAsked && capabilities.durability !== 'power' ? ', or more: its settings are asked' : ''
  return [
    fact.title,
    fact.packages.map((name) => `\`${name}\``).join(' ') || '–',
    `${least}${more}`,
    !capabilities.retains ? 'nothing is kept' : capabilities.shared ? 'yes, of pools of their own' : 'no',
    fact.limits,
  ]
}
