export { drill } from './drill.ts'
export { formatDrill } from './format-drill.ts'
export type { DrillOptions } from './options.ts'
export type { CreateDeleteLoad, DirtyPeak, DrillError, DrillReport, DrillStep } from './report.ts'
