import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Rig } from './rig/rig.ts'

const ROOT = path.resolve(import.meta.dirname, '..')
const TSC = path.join(ROOT, 'node_modules/ts7/bin/tsc')

test('the program of examples/library compiles and runs with the packed package', { timeout: 180_000 }, async () => {
  await using rig = await Rig.create()
  const at = (...parts: string[]) => rig.path(path.join('program', ...parts))
  const run = (command: string, args: string[], env = {}) =>
    execFileSync(command, args, { cwd: at(), encoding: 'utf8', env: { ...process.env, ...env } })
  const modules = at('node_modules')
  fs.mkdirSync(path.join(modules, '@types'), { recursive: true })
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', at()], { cwd: ROOT })
  const [archive = ''] = fs.readdirSync(at()).filter((name) => name.endsWith('.tgz'))
  run('tar', ['-xzf', archive, '-C', modules])
  fs.renameSync(path.join(modules, 'package'), path.join(modules, 'colony-cpm'))
  // What npm would install with it, and the Node.js types that it needs. Nothing else is available.
  for (const name of ['piscina', '@types/node', 'undici-types'])
    fs.cpSync(path.join(ROOT, 'node_modules', name), path.join(modules, name), { recursive: true })
  fs.writeFileSync(at('package.json'), '{ "type": "module" }')
  fs.copyFileSync(path.join(ROOT, 'examples/library/program.ts'), at('program.ts'))
  run(process.execPath, [
    TSC,
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--strict',
    '--types',
    'node',
    'program.ts',
  ])

  run(path.join(ROOT, 'bin/cpm.js'), ['key', 'generate'], rig.env)
  const said = run(process.execPath, ['program.js', at()], rig.env)
  expect(said).toMatch(
    /^published hello 0\.1\.0: published\ninstalled 1, proved \d+ files\nthe run successful\nNO_SOLUTION\n[1-9]\d* events\n$/,
  )
})
