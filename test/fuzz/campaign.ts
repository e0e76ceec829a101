import { fuzz } from './fuzz.ts'
import { targets } from './targets.ts'

const { only, ...options } = JSON.parse(process.argv[2] ?? '{}') as { only: string; seed: number; seconds: number }
const target = targets.find(({ name }) => name === only)
if (!target) throw new Error(`There is no target ${only}. There are: ${targets.map(({ name }) => name).join(', ')}`)
console.log(JSON.stringify(await fuzz(target, options)))
process.exit(0)
