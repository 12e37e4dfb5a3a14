/**
 * `npm run smoke`: what `npm pack` makes is installed into an empty project and used there as a user would, on Node 20, 22 and 24.
 * npm's package `node` brings those binaries into a temporary folder.
 */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-smoke-'))
const LINES = ['20', '22', '24']

function run(program, args, cwd, env = {}) {
  return execFileSync(program, args, {
    cwd,
    env: { ...process.env, CI: '', ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

let passed = 0
try {
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', '--silent', '--ignore-scripts', '--pack-destination', scratch], root),
  )
  const tarball = path.join(scratch, filename)
  const trees = new Set()
  for (const line of LINES) {
    const node = path.join(scratch, `node-${line}`)
    const project = path.join(scratch, `project-${line}`)
    fs.mkdirSync(node)
    fs.mkdirSync(project)
    run('npm', ['install', '--silent', '--no-save', '--prefix', node, `node@${line}`], node)
    const bin = path.join(node, 'node_modules', 'node', 'bin')
    const env = { PATH: `${bin}${path.delimiter}${process.env.PATH}`, CPM_HOME: path.join(scratch, `home-${line}`) }
    const version = run('node', ['--version'], project, env).trim()
    run('npm', ['init', '--yes', '--silent'], project, env)
    run('npm', ['install', '--silent', '--engine-strict', tarball], project, env)
    const cpm = (...args) => run('npx', ['--no-install', 'cpm', ...args], project, env)
    const json = (...args) => JSON.parse(cpm(...args, '--json')).data

    cpm('init', 'hello')
    cpm('validate', 'hello')
    trees.add(json('pack', 'hello', '--output', path.join(scratch, `${line}.cpm`)).tree)
    cpm('key', 'generate')
    cpm('publish', 'hello')
    cpm('init', '--bare')
    cpm('install', 'hello')
    const verified = json('verify')
    const ran = json('submit', 'hello', '--engine', 'local', '--set', 'name=Ada')
    if (verified.packages !== 1 || verified.findings.length > 0)
      throw new Error(`verify on ${version}: ${JSON.stringify(verified)}`)
    if (!JSON.stringify(ran).includes('hello, Ada')) throw new Error(`submit on ${version}: ${JSON.stringify(ran)}`)
    if (cpm('--version').trim() === '') throw new Error('no version')
    const script = `import { resolveUniverse } from 'colony-cpm/resolver'
      console.log(resolveUniverse({ universe: { a: { '1.0.0': {}, '1.1.0': {} } }, root: { a: '^1.0.0' } }).solution.a)`
    const solved = run('node', ['--input-type=module', '--eval', script], project, env).trim()
    if (solved !== '1.1.0') throw new Error(`the resolver on ${version}: ${solved}`)
    console.log(`Node ${version}: init, validate, pack, publish, install, verify, submit, the resolver`)
    passed++
  }
  if (trees.size !== 1) throw new Error(`the trees differ between versions of Node: ${[...trees].join(', ')}`)
  console.log(`the same tree on all of them: ${[...trees][0]}`)
} finally {
  fs.rmSync(scratch, { recursive: true, force: true })
}
console.log(`${passed} passed, ${LINES.length - passed} failed`)
