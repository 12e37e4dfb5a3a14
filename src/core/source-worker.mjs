// Starts a worker thread from source. On Node 20, `--import tsx` does not affect import() in a worker, but register() does.
import { register } from 'tsx/esm/api'

register()
const { default: runTask, ready } = await import('./worker.ts')
export { runTask as default, ready }
