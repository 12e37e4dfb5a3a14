// Starts a worker thread from source: `--import tsx` does not reach the import() of a worker on Node 20, this does.
import { register } from 'tsx/esm/api'

register()
const { default: runTask, ready } = await import('./worker.ts')
export { runTask as default, ready }
