import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { splitLine } from '../../src/cli/completion/split-line.ts'
import { Rig } from '../rig/rig.ts'

const BREAKS = ' \t\n"\'@><=;|&(:'

/** Returns the candidates for a line of words, the last one being typed. */
async function offered(rig: Rig, words: string[], cwd = rig.root): Promise<string[]> {
  const { stdout, stderr, code } = await rig.cpm(['complete', 'zsh', 'cpm', ...words], { cwd })
  expect([code, stderr]).toEqual([0, ''])
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0] ?? '']))
}

async function rigWithProject() {
  const rig = await Rig.create()
  const inputs = [
    { key: 'size', type: 'integer', description: 'Edge in\npixels' },
    { key: 'mode', type: 'string', options: ['fit', 'fill', '$(touch x)'] },
    { key: 'store.fast', type: 'boolean' },
  ]
  const files = { 'workflows/main.yaml': 'kind: Workflow\nfunctions: []\n', 'workflows/_part.yaml': '[]\n' }
  rig.write({ 'colony.yaml': JSON.stringify({ apiVersion: 'v1', name: 'x', version: '1.0.0', inputs }), ...files })
  await rig.publish('thumbs@1.0.0', 'thumbs@1.2.0', 'codec@2.0.0', '@acme/tool@1.0.0')
  const cwd = rig.project({ dependencies: { thumbs: '1.0.0' } })
  expect((await rig.cpm('install', { cwd })).code).toBe(0)
  return { rig, cwd }
}

test('commands, their actions and aliases are offered, each with what it does', async () => {
  await using rig = await Rig.create()
  expect(await offered(rig, ['ins'])).toEqual(['install'])
  expect(await offered(rig, ['workflow', 'l'])).toEqual(['list', 'logs'])
  expect(await offered(rig, ['serve', 'token', ''])).toEqual(['create', 'list', 'revoke'])
  expect(await offered(rig, ['--json', 'why'])).toEqual(['why', 'why-not'])
  expect(await offered(rig, ['lin'])).toEqual(['lint'])
  expect((await rig.cpm(['complete', 'fish', 'cpm', 'key'])).stdout).toBe(
    'key\tgenerate, list, export, trust, distrust',
  )
})

test('flags are offered once, and their values where these are known', async () => {
  await using rig = await Rig.create()
  expect(await offered(rig, ['install', '--fr'])).toEqual(['--frozen'])
  expect(await offered(rig, ['install', '--frozen', '--fr'])).toEqual([])
  expect(await offered(rig, ['install', '--resolution', 'low'])).toEqual(['lowest', 'lowest-direct'])
  expect(await offered(rig, ['i', '--resolution=h'])).toEqual(['--resolution=highest'])
  expect(await offered(rig, ['install', '--', '--fr'])).toEqual([])
  expect(await offered(rig, ['--he'])).toEqual(['--help'])
  expect(await offered(rig, ['config', 'get', 'install.'])).toEqual(['install.mode'])
  expect(await offered(rig, ['help', 'LOCK_O'])).toEqual(['LOCK_OUTDATED'])
  expect(await offered(rig, ['completion', 'z'])).toEqual(['zsh'])
})

test('packages and versions that this machine knows are offered, without a registry', async () => {
  const { rig, cwd } = await rigWithProject()
  await using _ = rig
  expect(await offered(rig, ['uninstall', ''], cwd)).toEqual(['thumbs'])
  expect(await offered(rig, ['install', ''], cwd)).toEqual(['@acme/tool', 'codec', 'thumbs'])
  expect(await offered(rig, ['info', '@a'], cwd)).toEqual(['@acme/tool'])
  expect(await offered(rig, ['info', 'thumbs@1.'], cwd)).toEqual(['thumbs@1.2.0', 'thumbs@1.0.0'])
  expect(await offered(rig, ['why', 'x'], cwd)).toEqual([])
  fs.rmSync(rig.registry, { recursive: true })
  expect(await offered(rig, ['info', 'thumbs@'], cwd)).toEqual(['thumbs@1.0.0'])
})

test('keys of inputs and their options are offered, and nothing that a shell would run', async () => {
  const { rig } = await rigWithProject()
  await using _ = rig
  expect(await offered(rig, ['submit', '.', '--set', ''])).toEqual(['size=', 'mode=', 'store.fast='])
  expect(await offered(rig, ['render', '--set', 'mode=f'])).toEqual(['mode=fit', 'mode=fill'])
  expect(await offered(rig, ['render', '--set', 'mode='])).not.toContain('mode=$(touch x)')
  expect(await offered(rig, ['submit', '--workflow', ''])).toEqual(['main'])
  const { stdout } = await rig.cpm(['complete', 'zsh', 'cpm', 'submit', '--set', 's'])
  expect(stdout).toContain('size=\tEdge in pixels')
})

test('damaged, huge or strange files lead to fewer candidates and never to an error', async () => {
  const { rig, cwd } = await rigWithProject()
  await using _ = rig
  fs.writeFileSync(path.join(cwd, 'colony.lock'), '{"packages":{"a;b":{"version":1},"__proto__":3,"ok":null')
  rig.write({ 'colony.yaml': 'inputs: &a [*a, {key: "x;y"}, 3, {key: [}', 'home/contexts.json': '[]' })
  await execa('mkfifo', [path.join(cwd, 'colony.yaml.pipe')])
  fs.renameSync(path.join(cwd, 'colony.yaml.pipe'), path.join(cwd, 'colony.yaml'))
  expect(await offered(rig, ['uninstall', ''], cwd)).toEqual([])
  expect(await offered(rig, ['submit', '--set', ''], cwd)).toEqual([])
  expect(await offered(rig, ['submit', '--set', ''])).toEqual([])
  expect(await offered(rig, ['context', 'use', ''])).toEqual([])
  expect((await rig.cpm(['complete'])).code).toBe(0)
  expect((await rig.cpm(['complete', 'bash', 'cpm "ins'])).stdout).toBe('install')
})

test('a line is split as a shell splits it', () => {
  expect(splitLine('cpm inst')).toEqual(['cpm', 'inst'])
  expect(splitLine('cpm "a b" c\\ d \'e\' ')).toEqual(['cpm', 'a b', 'c d', 'e', ''])
  expect(splitLine('cd x && cpm "in')).toEqual(['cpm', 'in'])
})

/** Makes a `cpm` that shells find, and returns the environment for them. */
function withCpm(rig: Rig): Record<string, string> {
  const bin = path.resolve(import.meta.dirname, '../../bin')
  const run = process.env.CPM_TEST_FROM === 'source' ? `--import ${import.meta.resolve('tsx')} ${bin}/cpm.mts` : `${bin}/cpm.js` // prettier-ignore
  rig.write({ 'bin/cpm': `#!/bin/sh\nexec ${process.execPath} ${run} "$@"\n` })
  fs.chmodSync(rig.path('bin/cpm'), 0o755)
  return { ...rig.env, PATH: `${rig.path('bin')}:${process.env.PATH ?? ''}`, TERM: 'dumb' }
}

function has(shell: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => fs.existsSync(path.join(folder, shell)))
}

test.skipIf(!has('bash'))('bash completes commands, versions after @ and values after =', async () => {
  const { rig, cwd } = await rigWithProject()
  await using _ = rig
  const lines = ['cpm workflow g', 'cpm info thumbs@1.2', 'cpm install --resolution=lowest-', 'cpm render .. --set mo']
  const script = `eval "$(cpm completion bash)"; COMP_WORDBREAKS=$1; shift
    for COMP_LINE; do COMP_POINT=\${#COMP_LINE}; _cpm_complete; echo "\${COMPREPLY[*]}"; done`
  const { stdout, stderr } = await execa('bash', ['--norc', '-c', script, 'bash', BREAKS, ...lines], {
    ...{ cwd, env: withCpm(rig), extendEnv: false, reject: false },
  })
  // bash replaces only what follows the last character at which it breaks words.
  expect([stderr, stdout.split('\n')]).toEqual(['', ['get graph', '1.2.0', 'lowest-direct', 'mode=']])
})

test.skipIf(!has('fish'))('fish completes commands with what they do', async () => {
  await using rig = await Rig.create()
  const script = 'cpm completion fish | source; complete -C "cpm workflow g"'
  const { stdout } = await execa('fish', ['--no-config', '-c', script], { env: withCpm(rig), extendEnv: false })
  expect(stdout).toContain('graph\tDraw the nodes of a run')
})

test.skipIf(!has('zsh'))('zsh gets candidates with what they do', async () => {
  await using rig = await Rig.create()
  const script = `compdef() { }; compadd() { print -l -- "\${(@P)@[-1]}" "\${shown[@]}" }; eval "$(cpm completion zsh)"
    words=(cpm workflow g); CURRENT=3; _cpm`
  const { stdout } = await execa('zsh', ['-f', '-c', script], { env: withCpm(rig), extendEnv: false })
  expect(stdout.split('\n')).toEqual(['get', 'graph', expect.stringMatching(/^get {2}-- Show/), expect.any(String)])
})

test.skipIf(!has('pwsh'))('PowerShell completes commands', async () => {
  await using rig = await Rig.create()
  const script = `cpm completion powershell | Out-String | Invoke-Expression; (TabExpansion2 'cpm workflow g' 14).CompletionMatches.CompletionText`
  const { stdout } = await execa('pwsh', ['-NoProfile', '-Command', script], { env: withCpm(rig), extendEnv: false })
  expect(stdout.split('\n')).toEqual(['get', 'graph'])
})
