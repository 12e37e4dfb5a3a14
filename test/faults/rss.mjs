// Preloaded by tests: records the peak memory of a process.
import fs from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const file = process.env.CPM_TEST_RSS
if (isMainThread && file !== undefined) {
  process.on('exit', () => {
    fs.writeFileSync(file, String(process.resourceUsage().maxRSS))
  })
}
