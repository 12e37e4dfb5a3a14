import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

/** A package whose workflow runs its own program and includes the workflow of a dependency. */
const HELLO = {
  dependencies: { part: '*' },
  functions: [{ executortype: 'x', name: 'greet', command: ['./greet.sh'] }],
  files: {
    'greet.sh': '#!/bin/sh\necho hello\n',
    'workflows/main.yaml':
      'kind: Workflow\nfunctions:\n  - { nodename: greet, funcname: greet, conditions: { executortype: x } }\n  - { $include: part, $as: inner }\n',
  },
}
const PART = {
  files: {
    'workflows/main.yaml':
      'kind: Workflow\nfunctions:\n  - { nodename: more, funcname: more, conditions: { executortype: x } }\n',
  },
  functions: [{ executortype: 'x', name: 'more', command: ['true'] }],
}

/** A project in copy mode, moved to a machine without a home or registry. */
async function moved() {
  const rig = await Rig.create()
  await rig.publish(['part@1.0.0', PART])
  await rig.publish(['hello@1.0.0', HELLO])
  const project = rig.project({ dependencies: { hello: '*' } })
  const { code, stderr } = await rig.cpm('install --copy', { cwd: project })
  if (code !== 0) throw new Error(stderr)
  const copy = rig.path('image')
  fs.cpSync(project, copy, { recursive: true, verbatimSymlinks: true })
  fs.renameSync(rig.home, rig.path('gone'))
  const empty = { cwd: copy, env: { CPM_HOME: rig.path('new-home') } }
  return { rig, copy, project, run: (command: string) => rig.cpm(command, empty) }
}

function proofsOf(folder: string): string {
  return path.join(folder, 'colony_packages', '.cpm', 'proofs.ndjson')
}

describe('a copy on a machine without a home or registry', () => {
  test('is proven by verify and submit, which warn about what could not be checked', async () => {
    const { rig, run } = await moved()
    await using _ = rig
    const verified = await run('verify')
    expect(verified.code, verified.stderr).toBe(0)
    expect(verified.stdout).toBe('proven: 2 packages, 7 files')
    expect(verified.stderr).toContain('2 packages proven only by the proofs in the copy')
    expect(verified.stderr).toContain('later changes of owners')
    expect(verified.stderr).toContain('for yanked and deprecated versions')
    const submitted = await run('submit hello --engine local')
    expect(submitted.code, submitted.stderr).toBe(0)
    expect(submitted.stdout).toContain('in colony.lock, proven')
    expect(submitted.stderr).toContain('proven only by the proofs in the copy')
    expect(submitted.stderr).toContain('for yanked and deprecated versions')
  })

  test('works for an account without a home folder', async (context) => {
    if (process.getuid?.() !== 0) context.skip('only root can run cpm as another account')
    const { rig, copy } = await moved()
    await using _ = rig
    fs.chmodSync(rig.root, 0o755)
    const bare = { cwd: copy, env: { HOME: '', CPM_HOME: '' }, account: { uid: 4321, gid: 4321 } }
    for (const command of ['verify', 'list', 'why part', 'submit hello --engine local --json']) {
      const { code, stderr, stdout } = await rig.binary(command, bare)
      expect(code, `${command}: ${stderr} ${stdout}`).toBe(0)
      if (command.startsWith('submit')) expect(stderr).toMatch(/cpm has no home folder, so the run is kept in/)
      const kept = /kept in (\S+)/.exec(stderr)?.[1]
      if (kept !== undefined) fs.rmSync(kept, { recursive: true })
    }
  })

  test('reports a damaged envelope without blaming the lock or the files', async () => {
    const { rig, copy, run } = await moved()
    await using _ = rig
    const file = proofsOf(copy)
    const good = fs.readFileSync(file, 'utf8')
    const [hello = '', part = ''] = good.split('\n')
    const { envelope, ...proof } = JSON.parse(hello) as { envelope: string }
    const changed = Buffer.from(envelope, 'base64').toString().replace(/"sig":"./, (text) => `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`) // prettier-ignore
    const swapped = (JSON.parse(part) as { envelope: string }).envelope
    for (const damaged of [
      JSON.stringify({ ...proof, envelope: Buffer.from(changed).toString('base64') }),
      JSON.stringify({ ...proof, envelope: swapped }),
      hello.slice(0, -20),
    ]) {
      fs.writeFileSync(file, `${damaged}\n${part}\n`)
      const { code, stderr } = await run('verify')
      expect([code, stderr.includes('error[PROOF_DAMAGED]')], stderr).toEqual([5, true])
      expect(stderr).toContain('hello@1.0.0')
      expect(stderr).toContain(file)
      expect(stderr).not.toContain('restore colony.lock')
      expect(stderr).not.toContain('part@1.0.0:')
      const submitted = await run('submit hello --engine local')
      expect([submitted.code, submitted.stderr.includes('error[PROOF_DAMAGED]')], submitted.stderr).toEqual([5, true])
    }
  })

  test('reports a missing proof only if nothing else is wrong', async () => {
    const { rig, copy, run } = await moved()
    await using _ = rig
    fs.rmSync(proofsOf(copy))
    const { code, stderr } = await run('verify')
    expect([code, stderr.includes('error[PROOF_MISSING]')], stderr).toEqual([5, true])
    const submitted = await run('submit hello --engine local')
    expect(submitted.code, submitted.stderr).toBe(0)
    expect(submitted.stdout).toContain('signature not checked')
    expect(submitted.stderr).toContain("its signature can't be checked")
    fs.appendFileSync(path.join(copy, 'colony_packages/hello/greet.sh'), 'echo more\n')
    expect((await run('verify')).stderr).toContain('error[PACKAGE_DAMAGED]')
    expect((await run('submit hello --engine local')).stderr).toContain('error[PACKAGE_DAMAGED]')
  })

  test('verify and submit refuse a lock that differs from what the owners signed', async () => {
    const { rig, copy, run } = await moved()
    await using _ = rig
    const file = path.join(copy, 'colony.lock')
    const lock = JSON.parse(fs.readFileSync(file, 'utf8')) as { packages: Record<string, { tar: string }> }
    const { hello, part } = lock.packages
    if (!hello || !part) throw new Error('the lock lacks hello or part')
    hello.tar = part.tar
    fs.writeFileSync(file, JSON.stringify(lock, null, 2))
    for (const command of ['verify', 'submit hello --engine local']) {
      const { code, stderr } = await run(command)
      expect(code, command).toBe(5)
      expect(stderr).toContain('the contents in the lock differ from those its owners signed')
      expect(stderr).toContain('restore colony.lock from version control')
    }
  })
})

describe('the proofs of a copy', () => {
  test('are restored by the next install, follow the lock, and are removed with the copies', async () => {
    await using rig = await Rig.create()
    await rig.publish('a@1.0.0', 'b@1.0.0')
    const project = rig.project({ dependencies: { a: '*', b: '*' } })
    const run = async (command: string) => {
      const { code, stderr } = await rig.cpm(command, { cwd: project })
      expect(code, `${command}: ${stderr}`).toBe(0)
    }
    const names = () =>
      fs.readFileSync(proofsOf(project), 'utf8').split('\n').filter(Boolean).map((line) => (JSON.parse(line) as { name: string }).name) // prettier-ignore
    await run('install')
    expect(fs.existsSync(proofsOf(project))).toBe(false)
    fs.rmSync(path.join(rig.home, 'cache'), { recursive: true })
    await run('install --copy')
    expect(names()).toEqual(['a', 'b'])
    fs.writeFileSync(proofsOf(project), '{}\n')
    await run('install --copy')
    expect(names()).toEqual(['a', 'b'])
    await run('uninstall b')
    await run('install --copy')
    expect(names()).toEqual(['a'])
    await run('install')
    expect(fs.readFileSync(proofsOf(project), 'utf8')).toBe('')
  })
})
