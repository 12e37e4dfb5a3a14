// Preloaded by tests: records the peak memory of a process, in KiB.
import fs from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const STATUS = '/proc/self/status'
const file = process.env.CPM_TEST_RSS
if (isMainThread && file !== undefined) {
  process.on('exit', () => {
    fs.writeFileSync(file, String(peak()))
  })
}

/** On Linux, maxRSS begins with the memory of the process that started this one. */
function peak() {
  const status = fs.existsSync(STATUS) ? fs.readFileSync(STATUS, 'utf8') : ''
  return /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS
}
