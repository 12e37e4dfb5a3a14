import fs from 'node:fs'
import path from 'node:path'
import { entries } from '../rig/garbage.ts'
import { Rig } from '../rig/rig.ts'
import { serveProcess } from '../rig/serve.ts'
import { faultEnv, leftovers, readSteps } from './faulty.ts'
import { must, type Scene, type Stage } from './scene.ts'
import { projectState, seenOfProjects } from './states.ts'

/** Publishes `align`, which needs `bases`, which needs `codec`; and `align@2.0.0`, which needs `@org/depth`. */
async function publishAll(rig: Rig): Promise<void> {
  await rig.publish(
    ['codec@1.0.0', { files: { 'data/codec.txt': 'c'.repeat(3000) } }],
    ['codec@1.1.0', { files: { 'data/codec.txt': 'd'.repeat(3000), 'data/more.txt': 'more\n' } }],
    ['@org/depth@1.0.0', { files: { 'bin/depth': '#!/bin/sh\n' } }],
    ['bases@1.0.0', { dependencies: { codec: '^1.0.0' } }],
    ['align@1.0.0', { dependencies: { bases: '^1.0.0' } }],
    ['align@2.0.0', { dependencies: { '@org/depth': '^1.0.0' } }],
  )
}

interface ProjectScene extends Pick<Stage, 'isDamaged' | 'next'> {
  name: string
  args: string
  dependencies: Record<string, string>
  /** commands that run in the project before */
  before?: string[]
  /** changes the machine after them */
  change?: (rig: Rig, project: string) => void
}

/** A command in a project, beside another project that nothing may happen to. */
function inProject({ name, args, dependencies, before = [], change, ...rest }: ProjectScene): Scene {
  return {
    name,
    prepare: async (rig) => {
      await publishAll(rig)
      const bystander = rig.project({ dependencies: { codec: '1.0.0' } })
      await must(rig, 'install', bystander)
      const project = rig.project({ dependencies })
      for (const command of before) await must(rig, command, project)
      change?.(rig, project)
      return {
        ...rest,
        args: args.split(' '),
        cwd: project,
        roots: [project, rig.home],
        seen: async () => [await projectState(rig, project), await seenOfProjects(rig, [bystander])],
      }
    },
  }
}

const INSTALL_ONE = inProject({
  name: 'install align',
  args: 'install align',
  dependencies: { codec: '1.0.0' },
  before: ['install'],
})

/** An install that first finishes what a killed one has sealed and begun to apply. */
const AFTER_A_CRASH: Scene = {
  name: 'install after a crash',
  prepare: async (rig) => {
    const stage = await INSTALL_ONE.prepare(rig)
    await crashWhileApplying(rig, stage)
    return stage
  },
}

async function crashWhileApplying(rig: Rig, { args, cwd }: Stage): Promise<void> {
  const log = rig.path('steps')
  const saved = (folder: string) => `${folder}.saved`
  const folders = [cwd, rig.home]
  for (const folder of folders) fs.cpSync(folder, saved(folder), { recursive: true, verbatimSymlinks: true })
  await rig.binary([...args], { cwd, env: faultEnv(`count:${log}`) })
  for (const folder of folders) {
    fs.rmSync(folder, { recursive: true })
    fs.renameSync(saved(folder), folder)
  }
  const links = readSteps(log).flatMap(({ call, file }, index) =>
    call === 'rename' && path.basename(String(file)) === 'align' ? [index + 1] : [],
  )
  await rig.binary([...args], { cwd, env: faultEnv(`kill:${(links[0] ?? 0) + 1}`) })
  if (leftovers(cwd).length === 0) throw new Error('nothing was left to finish')
}

/** An install from a server, which runs on another machine. */
const FROM_A_SERVER: Scene = {
  name: 'install from a server',
  prepare: async (rig) => {
    const remote = await Rig.create()
    await publishAll(remote)
    const server = await serveProcess(remote)
    const project = rig.project({ dependencies: { align: '^1.0.0', codec: '1.1.0' } })
    return {
      args: ['install', '--registry', server.url],
      cwd: project,
      roots: [project, rig.home],
      seen: async () => await projectState(rig, project, '--registry', server.url),
      end: async () => {
        await server[Symbol.asyncDispose]()
        await remote[Symbol.asyncDispose]()
      },
    }
  },
}

const GC: Scene = {
  name: 'gc',
  prepare: async (rig) => {
    await publishAll(rig)
    const used = rig.project({ dependencies: { align: '1.0.0' } })
    await must(rig, 'install', used)
    const gone = rig.project({ dependencies: { '@org/depth': '*', codec: '1.1.0' } })
    await must(rig, 'install', gone)
    fs.rmSync(gone, { recursive: true })
    return collecting(rig, { used, kept: 3 })
  },
}

/** A gc that must leave the entries which a project uses. */
export function collecting(rig: Rig, { used, kept }: { used: string; kept: number }): Stage {
  const count = () => entries(rig).filter((file) => !file.endsWith('.table')).length
  return {
    args: ['gc', '--forget-missing'],
    cwd: rig.root,
    roots: [rig.home],
    // How much of the rest is gone is not all or nothing, so it is only looked at after the command.
    seen: () => seenOfProjects(rig, [used]),
    always: () => (count() < kept ? [`the store has only ${count()} entries`] : []),
    done: () => (count() > kept ? [`the store still has ${count()} entries`] : []),
  }
}

/** Removes the packages of a project, from the store too. */
function removeInstalled(_: Rig, project: string): void {
  const folder = path.join(project, 'colony_packages')
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue
    fs.rmSync(fs.readlinkSync(path.join(entry.parentPath, entry.name)), { recursive: true })
  }
  fs.rmSync(folder, { recursive: true })
}

/** Truncates a file of an entry, as a power failure does. */
function damage(rig: Rig): void {
  const file = path.join(rig.store, rig.files(rig.store).find((name) => name.endsWith('data/more.txt')) ?? '')
  fs.chmodSync(file, 0o644)
  fs.truncateSync(file, 0)
}

export const PROJECT_SCENES: readonly Scene[] = [
  inProject({ name: 'install', args: 'install', dependencies: { align: '^1.0.0', '@org/depth': '^1.0.0' } }),
  INSTALL_ONE,
  AFTER_A_CRASH,
  FROM_A_SERVER,
  inProject({
    name: 'install --copy',
    args: 'install --copy',
    dependencies: { align: '2.0.0', codec: '1.1.0' },
    before: ['install'],
  }),
  inProject({
    name: 'update',
    args: 'update',
    dependencies: { align: '*', codec: '1.0.0' },
    before: ['install align@1.0.0', 'install align@*'],
  }),
  inProject({
    name: 'uninstall',
    args: 'uninstall align @org/depth',
    dependencies: { align: '1.0.0', '@org/depth': '*', codec: '1.1.0' },
    before: ['install'],
    next: ['install'],
  }),
  inProject({
    name: 'ci',
    args: 'ci',
    dependencies: { align: '2.0.0', codec: '1.1.0' },
    before: ['install'],
    change: removeInstalled,
  }),
  inProject({
    name: 'ci with damage',
    args: 'ci',
    dependencies: { codec: '1.1.0' },
    before: ['install'],
    change: damage,
    isDamaged: true,
  }),
  inProject({
    name: 'store verify --repair',
    args: 'store verify --repair',
    dependencies: { codec: '1.1.0' },
    before: ['install'],
    change: damage,
    isDamaged: true,
  }),
  GC,
]
