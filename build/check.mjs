/** `npm run check`: the type check and all linters in parallel. Prints the output of each when it ends; all must pass. */
import { execFile } from 'node:child_process'
import path from 'node:path'

const modules = path.resolve(import.meta.dirname, '..', 'node_modules')
const checks = {
  eslint: ['eslint/bin/eslint.js', '.'],
  prettier: ['prettier/bin/prettier.cjs', '--check', '.'],
  markdown: ['tsx/dist/cli.mjs', 'build/markdown.ts', '--check'],
  spelling: ['cspell/bin.mjs', 'lint', '--no-progress', '--quiet', '.'],
  style: ['tsx/dist/cli.mjs', 'build/style.ts'],
  typecheck: ['ts7/bin/tsc', '-p', 'tsconfig.json'],
}

const results = Object.entries(checks).map(async ([name, [script, ...words]]) => {
  const started = performance.now()
  const { error, said } = await run(path.join(modules, script), words)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${said}${name}: ${error ? 'failed' : 'passed'} in ${seconds} s`)
  return !error
})
if ((await Promise.all(results)).includes(false)) process.exitCode = 1

function run(script, words) {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...words], { maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      resolve({ error, said: stdout + stderr })
    })
  })
}
