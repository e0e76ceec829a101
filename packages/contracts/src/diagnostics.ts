export {
  type CallMessage,
  CHANNELS,
  type EventMessage,
  type RequestMessage,
  type SelectionMessage,
  type StoreCallMessage,
  TRACED,
} from './base/diagnostics.ts'
