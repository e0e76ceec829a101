export { type NodeHandlerOptions, toNodeHandler } from './node/handler.ts'
export { type HttpServer, type ServeHttpOptions, serveHttp } from './node/serve-http.ts'
export { type ServeSocketOptions, type SocketServer, serveSocket } from './node/serve-socket.ts'
export { tokenFromFile } from './node/token-file.ts'
