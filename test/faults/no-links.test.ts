import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { stringify } from 'yaml'
import { nameAfterNobody, nameAfterProcess } from '../../src/core/process-identity.ts'
import { Rig } from '../rig/rig.ts'
import { leftovers } from './faulty.ts'

const PRELOAD = path.resolve(import.meta.dirname, 'no-links.mjs')

vi.setConfig({ testTimeout: 300_000 })

/** A machine with three packages and a project on a file system without links. */
async function rigWithoutLinks(dependencies: Record<string, string>) {
  const rig = await Rig.create()
  await rig.publish('b@1.0.0', 'c@1.0.0', ['a@1.0.0', { dependencies: { b: '*' }, files: { 'bin/a': '#!/bin/sh\n' } }])
  const project = rig.path('stick/project')
  rig.write({ 'colony.yaml': stringify({ apiVersion: 'v1', dependencies }) }, project)
  const options = { cwd: project, env: { NODE_OPTIONS: `--import ${PRELOAD}`, NO_LINKS_BELOW: rig.path('stick') } }
  return { rig, project, options }
}

describe.runIf(process.platform === 'linux')('on a file system without links', () => {
  test('packages are copied, with a warning, and every command works', async () => {
    const made = await rigWithoutLinks({ a: '*' })
    await using rig = made.rig
    for (const line of ['install', 'install', 'ci', 'verify', 'list', 'install c', 'uninstall c', 'update', 'verify']) {
      const { code, stderr } = await rig.binary(line, made.options)
      expect(code, `${line}: ${stderr}`).toBe(0)
      if (line === 'install')
        expect(stderr).toContain(`the file system of ${made.project} has no links, so packages are copied`)
    }
    const there = path.join(made.project, 'colony_packages')
    expect(fs.readdirSync(there).sort()).toEqual(['.cpm', '.gitignore', 'a', 'b'])
    expect(fs.lstatSync(path.join(there, 'a')).isDirectory()).toBe(true)
    expect(fs.readdirSync(path.join(there, '.cpm')).sort()).toEqual(['proofs.ndjson', 'state.json'])
    expect(leftovers(made.project)).toEqual([])
    // A changed copy is found although nothing else has changed since the last command.
    const { env } = made.options
    for (const line of ['ci', 'ci', 'ci']) expect((await rig.binary(line, { cwd: made.project, env })).code).toBe(0)
    fs.appendFileSync(path.join(there, 'a/bin/a'), 'evil\n')
    expect((await rig.binary('ci', { cwd: made.project, env })).code).toBe(0)
    expect(fs.readFileSync(path.join(there, 'a/bin/a'), 'utf8')).toBe('#!/bin/sh\n')
    // With links again, for example after a move, the copies are replaced.
    expect((await rig.cpm('install', { cwd: made.project })).code).toBe(0)
    expect(fs.lstatSync(path.join(there, 'a')).isSymbolicLink()).toBe(true)
  })

  test('packages are published and yanked in a registry there', async () => {
    const made = await rigWithoutLinks({})
    await using rig = made.rig
    const home = rig.path('stick/home')
    const options = { ...made.options, env: { ...made.options.env, CPM_HOME: home } }
    for (const line of [`publish ${rig.package('d@1.0.0')}`, 'yank d@1.0.0', 'unyank d@1.0.0', 'install d', 'verify']) {
      const { code, stderr } = await rig.binary(line, options)
      expect(code, `${line}: ${stderr}`).toBe(0)
    }
    expect(leftovers(home, made.project)).toEqual([])
  })

  test('no change of several processes is lost, and the lock of a killed one is taken over', async () => {
    const made = await rigWithoutLinks({})
    await using rig = made.rig
    const { options, project } = made
    const results = await Promise.all(['a', 'b', 'c'].map((name) => rig.binary(`install ${name}`, options)))
    expect(
      results.map(({ code }) => code),
      results.map(({ stderr }) => stderr).join(),
    ).toEqual([0, 0, 0])
    for (const name of ['a', 'b', 'c'])
      expect(fs.readFileSync(path.join(project, 'colony.yaml'), 'utf8')).toContain(`${name}: `)
    const lock = path.join(project, 'colony_packages/.cpm/project.lock')
    expect(fs.existsSync(lock)).toBe(false)
    // A process that ended without removing its lock, and what others were preparing.
    const preparing = (process: string) => path.join(project, `colony_packages/.cpm/${process}.mark`)
    const [dead, living] = [nameAfterNobody('00'), nameAfterProcess('00')].map(preparing) as [string, string]
    for (const folder of [dead, living]) fs.mkdirSync(folder)
    const killed = rig.start('uninstall a', {
      ...options,
      env: {
        ...options.env,
        NODE_OPTIONS: `${options.env.NODE_OPTIONS} --import ${path.resolve(import.meta.dirname, 'fault.mjs')}`,
        CPM_FAULT: 'kill:5',
      },
    })
    await killed
    const { code, stderr } = await rig.binary('uninstall c', options)
    expect(code, stderr).toBe(0)
    expect(fs.existsSync(lock)).toBe(false)
    // The next command must leave alone what a living process needs to take the lock.
    expect(fs.readdirSync(living)).toEqual([])
    fs.rmdirSync(living)
    expect(fs.existsSync(dead)).toBe(false)
    expect(leftovers(project)).toEqual([])
  })
})
