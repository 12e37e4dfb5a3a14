/** Runs cpm in a clone, for `./cpm` and `npm run cpm --`. Installs and builds what is missing first. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const NPM_CI = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']

// npm writes this file last, so an interrupted installation runs again.
if (!exists('node_modules/.package-lock.json')) npm(NPM_CI, 'installing the dependencies of this clone')
// npm ci also builds, unless the user has disabled npm scripts.
if (!exists('dist/cpm.js')) npm(['run', 'build', '--silent'], 'building cpm')
// npm runs scripts in the root of the clone, but the command must run in the folder where it was typed.
if (process.env.npm_lifecycle_event === 'cpm' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD)
await import('../bin/cpm.js')

function exists(file) {
  return fs.existsSync(path.join(root, file))
}

/** Runs npm in the clone. Its output goes to stderr, because stdout belongs to the command. */
function npm(args, why) {
  console.error(`${why}: npm ${args.join(' ')}`)
  const npmCli = process.env.npm_execpath
  // npm is a shell script on Windows.
  const [program, words] = npmCli ? [process.execPath, [npmCli, ...args]] : ['npm', args]
  const shell = !npmCli && process.platform === 'win32'
  const { status } = spawnSync(program, words, { cwd: root, stdio: ['ignore', 2, 2], shell })
  if (status !== 0) process.exit(status ?? 1)
}
