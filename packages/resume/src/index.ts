export { createAnswerOf } from './answer-of.ts'
export { causeOfLoss, endedOf, isDeliberate, isLost, type Surroundings, settled } from './causes.ts'
export { carriedOver, type EndedSession, generationAfter, startOf } from './ended-session.ts'
export { type Keyed, keyedOf } from './keys.ts'
export { assertGiven, keptPlace, lastPlace, placeOf } from './launch-place.ts'
export { createLine, type Line } from './line.ts'
export {
  type HistoryOptions,
  historyOptions,
  type ResolvedHistory,
  type ResolvedResume,
  type ResumeCheck,
  type ResumeOptions,
  resumeOptions,
} from './options.ts'
export {
  type Asker,
  COMMAND_WITHHELD,
  keyConflict,
  makePlan,
  type Obstacle,
  obstacleOf,
  type PlanInput,
  stepOf,
} from './plan.ts'
export type { ResumeFilter, ResumePlan, ResumeReport, ResumeStep, ResumeWhy } from './plan-types.ts'
export { beyond, keptScreen, mostEnded, withValues } from './retention.ts'
export { type Backoff, beginTry, failTry, type ResumeBackoff } from './tries.ts'
