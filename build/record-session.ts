/** `npm run docs:session`: records docs/first-ten-minutes.txt from the commands of docs/getting-started.md. */
import fs from 'node:fs'
import { playFirstSession, SESSION_FILE } from '../test/rig/first-session.ts'

const { text, failed } = await playFirstSession()
if (failed.length > 0) throw new Error(`failed: ${failed.map(({ line }) => line).join('; ')}\n${text}`)
fs.writeFileSync(SESSION_FILE, text)
