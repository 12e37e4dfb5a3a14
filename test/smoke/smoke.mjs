/**
 * `npm run smoke`: what `npm pack` makes is installed into an empty project and used there as a user would, on Node 20, 22 and 24.
 * npm's package `node` brings those binaries into a temporary folder.
 */
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.resolve(import.meta.dirname, '../..')
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-smoke-'))
const LINES = ['20', '22', '24']

async function run(program, args, cwd, env = {}) {
  const options = { cwd, env: { ...process.env, CI: '', ...env }, encoding: 'utf8', maxBuffer: 2 ** 26 }
  const running = promisify(execFile)(program, args, options)
  running.child.stdin.end()
  const { stdout } = await running
  return stdout
}

/** Uses cpm on one line of Node as a user would. @returns the digest of the package that it packed */
async function tryOn(line, tarball) {
  const node = path.join(scratch, `node-${line}`)
  const project = path.join(scratch, `project-${line}`)
  fs.mkdirSync(node)
  fs.mkdirSync(project)
  await run('npm', ['install', '--silent', '--no-save', '--prefix', node, `node@${line}`], node)
  const bin = path.join(node, 'node_modules', 'node', 'bin')
  const env = { PATH: `${bin}${path.delimiter}${process.env.PATH}`, CPM_HOME: path.join(scratch, `home-${line}`) }
  const version = (await run('node', ['--version'], project, env)).trim()
  await run('npm', ['init', '--yes', '--silent'], project, env)
  await run('npm', ['install', '--silent', '--engine-strict', tarball], project, env)
  // The shell of a user finds cpm through npx; after that, what npx runs is enough.
  if ((await run('npx', ['--no-install', 'cpm', '--version'], project, env)).trim() === '')
    throw new Error('no version')
  const cpm = (...args) => run(path.join(project, 'node_modules', '.bin', 'cpm'), args, project, env)
  const json = async (...args) => JSON.parse(await cpm(...args, '--json')).data

  await cpm('init', 'hello')
  await cpm('validate', 'hello')
  const { tree } = await json('pack', 'hello', '--output', path.join(scratch, `${line}.cpm`))
  await cpm('key', 'generate')
  await cpm('publish', 'hello')
  await cpm('init', '--bare')
  await cpm('install', 'hello')
  const verified = await json('verify')
  const ran = await json('submit', 'hello', '--engine', 'local', '--set', 'name=Ada')
  if (verified.packages !== 1 || verified.findings.length > 0)
    throw new Error(`verify on ${version}: ${JSON.stringify(verified)}`)
  if (!JSON.stringify(ran).includes('hello, Ada')) throw new Error(`submit on ${version}: ${JSON.stringify(ran)}`)
  const script = `import { resolveUniverse } from 'colony-cpm/resolver'
    console.log(resolveUniverse({ universe: { a: { '1.0.0': {}, '1.1.0': {} } }, root: { a: '^1.0.0' } }).solution.a)`
  const solved = (await run('node', ['--input-type=module', '--eval', script], project, env)).trim()
  if (solved !== '1.1.0') throw new Error(`the resolver on ${version}: ${solved}`)
  console.log(`Node ${version}: init, validate, pack, publish, install, verify, submit, the resolver`)
  return tree
}

try {
  const pack = ['pack', '--json', '--silent', '--ignore-scripts', '--pack-destination', scratch]
  const [{ filename }] = JSON.parse(await run('npm', pack, root))
  const tarball = path.join(scratch, filename)
  const outcomes = await Promise.allSettled(LINES.map((line) => tryOn(line, tarball)))
  for (const { reason } of outcomes) if (reason) console.error(reason)
  const trees = new Set(outcomes.flatMap(({ status, value }) => (status === 'fulfilled' ? [value] : [])))
  const passed = outcomes.filter(({ status }) => status === 'fulfilled').length
  if (trees.size === 1) console.log(`the same tree on all of them: ${[...trees][0]}`)
  else console.error(`the trees differ between versions of Node: ${[...trees].join(', ')}`)
  console.log(`${passed} passed, ${LINES.length - passed} failed`)
  if (passed < LINES.length || trees.size !== 1) process.exitCode = 1
} finally {
  fs.rmSync(scratch, { recursive: true, force: true })
}
