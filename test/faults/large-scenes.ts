import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Rig } from '../rig/rig.ts'
import { collecting } from './project-scenes.ts'
import { must, type Scene } from './scene.ts'
import { projectState } from './states.ts'

/** Commands that change many packages at once, to be killed at a sample of their changes. */
export const LARGE_SCENES: readonly Scene[] = [
  {
    name: 'install many',
    prepare: async (rig) => {
      const project = rig.project({ dependencies: HEADS })
      useRegistry(rig, (await registries()).before)
      return stageOf(rig, project, 'install')
    },
  },
  {
    name: 'update many',
    prepare: async (rig) => {
      const project = rig.project({ dependencies: HEADS })
      useRegistry(rig, (await registries()).before)
      await must(rig, 'install', project)
      useRegistry(rig, (await registries()).after)
      return stageOf(rig, project, 'update')
    },
  },
  {
    name: 'gc many',
    prepare: async (rig) => {
      const gone = rig.project({ dependencies: HEADS })
      useRegistry(rig, (await registries()).before)
      await must(rig, 'install', gone)
      const used = rig.project({ dependencies: { 'chain-0': '^1.0.0', 'chain-1': '^1.0.0' } })
      useRegistry(rig, (await registries()).after)
      await must(rig, 'install', used)
      fs.rmSync(gone, { recursive: true })
      return collecting(rig, { used, kept: 2 * LENGTH })
    },
  },
]

const CHAINS = 18
/** the number of packages in a chain, each of which depends on the next one */
const LENGTH = 10
/** what a project must depend on to get all of them */
const HEADS = Object.fromEntries(Array.from({ length: CHAINS }, (_, chain) => [`chain-${chain}`, '^1.0.0']))

function stageOf(rig: Rig, project: string, command: string) {
  return {
    args: [command],
    cwd: project,
    roots: [project, rig.home],
    seen: () => projectState(rig, project),
  }
}

function useRegistry(rig: Rig, folder: string): void {
  rig.write({ 'home/config.json': JSON.stringify({ registry: { default: folder } }) })
}

interface Registries {
  /** with one version of each package */
  readonly before: string
  /** the same registry with a newer version of most */
  readonly after: string
}

let made: Promise<Registries> | undefined

/** Makes the registries once, outside of the machines that are put back after each kill. */
function registries(): Promise<Registries> {
  return (made ??= makeRegistries())
}

async function makeRegistries(): Promise<Registries> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-test-large-'))
  process.once('exit', () => {
    fs.rmSync(folder, { recursive: true, force: true })
  })
  await using rig = await Rig.create()
  const keepAs = (name: string) => {
    fs.cpSync(rig.registry, path.join(folder, name), { recursive: true })
    return path.join(folder, name)
  }
  const places = Array.from({ length: CHAINS * LENGTH }, (_, number) => number)
  await rig.publish(...places.map((number) => release(number, '1.0.0')))
  const before = keepAs('before')
  await rig.publish(
    ...places.filter((number) => number % LENGTH < LENGTH - 1).map((number) => release(number, '1.1.0')),
  )
  return { before, after: keepAs('after') }
}

function release(number: number, version: string): Parameters<Rig['publish']>[0] {
  const [chain, link] = [Math.floor(number / LENGTH), number % LENGTH]
  const nameOf = (at: number) => (at === 0 ? `chain-${chain}` : `chain-${chain}-${at}`)
  const name = nameOf(link)
  const files = { 'bin/run': `#!/bin/sh\necho ${name}\n`, 'data/one.txt': `${name} ${version}\n`.repeat(200) }
  return [`${name}@${version}`, { files, ...(link < LENGTH - 1 && { dependencies: { [nameOf(link + 1)]: '^1.0.0' } }) }]
}
