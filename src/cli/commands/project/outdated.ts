import semver from 'semver'
import { z } from 'zod'
import type { PackageName } from '../../../schema/name.ts'
import { requirementPath, type Version } from '../../../schema/version.ts'
import { CpmError } from '../../../core/errors.ts'
import type { News, PackageDocument } from '../../../core/ports.ts'
import { lockedVersions, readLock } from '../../../installer/lockfile.ts'
import { isFlagged, tellNews } from '../../../installer/standing-warnings.ts'
import { readProjectManifest, requireProject } from '../../../installer/project.ts'
import { Trials } from '../../../operations/project/trials.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { createInstallation } from '../../../operations/project/installation.ts'
import { standingMarks } from '../../views/standing-marks.ts'
import { lockTimeout, offline, registry } from '../../shell/options.ts'
import type { Style } from '../../terminal/style.ts'

interface Outdated {
  readonly name: PackageName
  readonly locked: Version
  /** the newest version that colony.yaml allows, whether or not it fits with the other packages */
  readonly wanted: Version
  /** the newest release there is */
  readonly latest: Version
  /** what `cpm update` takes; null where it finds no versions at all */
  readonly update: Version | null
  /** what `cpm update --latest` takes; null where it finds no versions at all */
  readonly updateLatest: Version | null
}

export default defineCommand({
  input: z.object({
    offline,
    registry,
    lockTimeout,
  }),
  examples: [['In a pipeline that should notice', 'cpm outdated || echo time to update']],
  run: async (context, flags) => {
    const project = requireProject(context.cwd)
    const read = readProjectManifest(project)
    const { manifest } = read
    const lock = readLock(project.lockFile)
    const locked = lockedVersions(lock)
    if (lock.kind === 'none' && manifest.dependencies.length + manifest.devDependencies.length > 0)
      throw new CpmError('LOCK_OUTDATED', 'there is no colony.lock to compare with', { hint: 'cpm install' })
    const { source, cpmVersion, emit, signal, sweep } = await createInstallation(context, project, flags)
    try {
      const asked = [...manifest.dependencies, ...manifest.devDependencies].filter(
        ({ name, requirement }) => locked.has(name) && requirementPath(requirement) === null,
      )
      const documents = await source.read([...new Set(asked.map(({ name }) => name))])
      const packages = asked.flatMap(({ name, requirement }) => {
        const version = locked.get(name)
        const document = documents.get(name)
        const range = manifest.overrides.find((override) => override.name === name)?.requirement ?? requirement
        return version && document ? newer(document, version, range) : []
      })
      const news = await tellNews(lock.kind === 'lock' ? lock.lock : undefined, { source, emit })
      const rest = { flagged: flaggedOf(news, locked), checked: asked.length, unasked: news.unasked }
      if (packages.length === 0) return { packages: [], ...rest }
      const options = { root: project.root, source, cpmVersion, emit: () => undefined, signal }
      const trials = new Trials(read, locked, options)
      return { packages: await tried(packages, trials), ...rest }
    } finally {
      sweep()
    }
  },
  exit: ({ packages, flagged }) => (packages.length + flagged.length > 0 ? 'changesNeeded' : 'ok'),
  views: {
    human: ({ packages, flagged, checked }, style) => {
      if (packages.length + flagged.length === 0)
        return `up to date: ${checked} direct ${checked === 1 ? 'dependency' : 'dependencies'}`
      const lines = packages.map((each) => line(each, style))
      const left = flagged.map(
        ({ name, version, standing }) =>
          `${name} ${version}${style('yellow', ` (${standingMarks(standing).join(', ')})`)}`,
      )
      return [...lines, ...left, ...advice(packages).map((text) => style('dim', text))].join('\n')
    },
  },
})

/** Locked versions that somebody should leave, of indirect dependencies too. */
function flaggedOf(news: News, locked: ReadonlyMap<PackageName, Version>) {
  return [...news.of].flatMap(([name, found]) => {
    const version = locked.get(name)
    if (version === undefined || !isFlagged(found)) return []
    return [{ name, version, standing: found.standing, better: found.better ?? null }]
  })
}

/** What an update would make of each package: that a version is out does not mean that it fits. */
async function tried(packages: readonly Newer[], trials: Trials): Promise<Outdated[]> {
  const [update, updateLatest] = [await trials.updated(), await trials.updatedBeyondRanges()]
  return packages.map((each) => ({
    ...each,
    update: update?.packages.get(each.name)?.version ?? null,
    updateLatest: updateLatest?.packages.get(each.name)?.version ?? null,
  }))
}

function line({ name, locked, wanted, latest, update, updateLatest }: Outdated, style: Style): string {
  const isMoved = update !== null && update !== locked
  const head = isMoved ? `${name} ${locked} → ${style('green', update)}` : `${name} ${locked}`
  const held = (version: Version) => `${version} is held back: cpm why-not ${name}@${version}`
  const beyond =
    latest === wanted || latest === update ? [] : [updateLatest === latest ? `${latest} with --latest` : held(latest)]
  const notes = [...(wanted === locked || wanted === update ? [] : [held(wanted)]), ...beyond]
  return notes.length === 0 ? head : `${head}${style('dim', ` (${notes.join('; ')})`)}`
}

/** Commands that were tried and change something. */
function advice(packages: readonly Outdated[]): string[] {
  const moves = (to: (each: Outdated) => Version | null) =>
    packages.some((each) => to(each) !== null && to(each) !== each.locked)
  if (moves(({ update }) => update)) return ['cpm update takes what colony.yaml allows']
  if (moves(({ updateLatest }) => updateLatest)) return ['cpm update --latest also changes the ranges of colony.yaml']
  return []
}

type Newer = Omit<Outdated, 'update' | 'updateLatest'>

/** The dependency with newer versions of it; nothing where there are none. Pre-releases count where the locked one is one. */
function newer({ name, candidates }: PackageDocument, locked: Version, requirement: string): Newer[] {
  const usable = candidates.filter(({ yanked }) => !yanked).map(({ version }) => version)
  const newest = (versions: readonly Version[]) =>
    versions.reduce((best, version) => (semver.gt(version, best) ? version : best), locked)
  const isPre = semver.prerelease(locked) !== null
  const wanted = newest(usable.filter((version) => semver.satisfies(version, requirement)))
  const latest = newest(usable.filter((version) => isPre || semver.prerelease(version) === null))
  return wanted === locked && latest === locked ? [] : [{ name, locked, wanted, latest: newest([wanted, latest]) }]
}
