import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parse } from 'yaml'
import { readLock } from '../../src/installer/lockfile.ts'
import type { Rig } from '../rig/rig.ts'
import { leftovers } from './faulty.ts'
import { brokenInvariants, brokenStore } from './invariants.ts'
import { publicationState } from './states.ts'
import type { Actor } from './storm-actor.ts'

/** Looks at the projects from outside while commands change them, as editors and programs do. */
export class StormWatch {
  readonly broken: string[] = []
  looks = 0
  readonly #projects: readonly string[]
  /** the project that is moved, and how many commands work in it */
  readonly #moving: string
  #away: string | undefined
  #working = 0

  constructor(projects: readonly string[]) {
    this.#projects = projects
    this.#moving = projects.at(-1) ?? ''
  }

  start(): { stop: () => Promise<void> } {
    const over = new AbortController()
    const looking = (async () => {
      while (!over.signal.aborted) {
        for (const project of this.#projects) this.#look(this.placeOf(project))
        await delay(20)
      }
    })()
    return {
      stop: async () => {
        over.abort()
        await looking
      },
    }
  }

  placeOf(project: string): string {
    return project === this.#moving && this.#away !== undefined ? this.#away : project
  }

  #look(project: string): void {
    this.looks++
    try {
      parse(fs.readFileSync(path.join(project, 'colony.yaml'), 'utf8'))
      readLock(path.join(project, 'colony.lock'))
    } catch (error) {
      this.broken.push(`${project} can't be read: ${String(error)}`)
    }
    for (const file of linksIn(project)) this.#lookAtLink(file)
  }

  /** A program that follows a link finds a package, whatever runs beside it. */
  #lookAtLink(file: string): void {
    for (let times = 0; times < 3; times++) {
      const target = linkOf(file)
      if (target === undefined || fs.existsSync(path.join(target, 'colony.yaml'))) return
      // Another command may just have replaced the link.
      if (times === 2 && linkOf(file) === target) this.broken.push(`${file} leads to ${target}, which is gone`)
    }
  }

  /** Runs a command in a folder, once it is there, and keeps it there meanwhile. */
  async working<T>(cwd: string, isMover: boolean, work: () => Promise<T>): Promise<T> {
    if (cwd !== this.#moving || isMover) return await work()
    while (this.#away !== undefined) await delay(10)
    this.#working++
    try {
      return await work()
    } finally {
      this.#working--
    }
  }

  async moveAway(work: (project: string) => Promise<void>): Promise<void> {
    if (this.#away !== undefined) return
    const away = `${this.#moving}-moved`
    this.#away = this.#moving
    while (this.#working > 0) await delay(10)
    fs.renameSync(this.#moving, away)
    this.#away = away
    await work(away)
    fs.renameSync(away, this.#moving)
    this.#away = undefined
  }
}

function linksIn(project: string): string[] {
  const folder = path.join(project, 'colony_packages')
  try {
    const names = fs.readdirSync(folder).filter((name) => !name.startsWith('.'))
    return names.map((name) => path.join(folder, name))
  } catch {
    return []
  }
}

function linkOf(file: string): string | undefined {
  try {
    return fs.readlinkSync(file)
  } catch {
    return undefined
  }
}

/** Returns what is broken after a storm: lost updates and publications, damage, and what must not remain. */
export async function endChecks(rig: Rig, projects: readonly string[], actors: readonly Actor[]): Promise<string[]> {
  const broken: string[] = []
  for (const cwd of projects) {
    for (const command of ['verify', 'ci', 'install', 'verify']) {
      const { code, stderr } = await rig.cpm(command, { cwd })
      if (code !== 0) broken.push(`afterwards, cpm ${command} in ${cwd} fails: ${stderr}`)
    }
    for (const actor of actors) actor.checkOwn(cwd)
    broken.push(...brokenInvariants(rig, { cwd, roots: [cwd, rig.home] }))
  }
  await rig.cpm('gc --forget-missing')
  await rig.publish('last@1.0.0')
  broken.push(...(await brokenStore(rig)))
  for (const cwd of projects)
    if ((await rig.cpm('verify --offline', { cwd })).code !== 0) broken.push(`gc lost a tree of ${cwd}`)
  for (const { name, published } of actors) {
    const [state] = publicationState(rig, [`made-${name}`])
    const versions = state?.versions.map((version) => `made-${name}@${version}`)
    if (published.join() !== versions?.join())
      broken.push(`lost publications: ${versions?.join()} instead of ${published.join()}`)
    broken.push(...(state?.missing ?? []))
  }
  return [...broken, ...leftovers(...projects, rig.home).map((file) => `left behind: ${file}`)]
}
