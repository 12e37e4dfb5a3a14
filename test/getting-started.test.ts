/** Runs the command lines of docs/getting-started.md as a reader would type them. */
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { playFirstSession, SESSION_FILE } from './rig/first-session.ts'

test('every command of docs/getting-started.md works, and docs/first-ten-minutes.txt shows what it prints', async () => {
  const { text, failed } = await playFirstSession()
  expect(failed).toEqual([])
  // Out of date? npm run docs:session
  expect(text).toBe(fs.readFileSync(SESSION_FILE, 'utf8'))
})
