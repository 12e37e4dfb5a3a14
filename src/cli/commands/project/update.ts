import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import type { Version } from '../../../schema/version.ts'
import { requirementPath } from '../../../schema/version.ts'
import { CpmError } from '../../../core/errors.ts'
import { closest, didYouMean } from '../../../core/did-you-mean.ts'
import { install, type InstallRequest } from '../../../installer/install.ts'
import { readLock } from '../../../installer/lockfile.ts'
import { setDependencies } from '../../../installer/manifest-edit.ts'
import { parseProjectManifest, readProjectManifest, requireProject, type Project } from '../../../installer/project.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { createInstallation } from '../../../operations/project/installation.ts'
import { copy, dryRun, lockTimeout, registry } from '../../shell/options.ts'
import { readSelection, selection } from '../../../operations/project/selection.ts'
import { installDocument, renderInstall } from '../../views/install.ts'

export default defineCommand({
  name: 'update',
  summary: 'Take newer versions than the lock has',
  input: z.object({
    names: z
      .array(PackageName)
      .default([])
      .meta({ description: 'packages to take newer versions of (default: all)', value: 'name' }),
    latest: z.boolean().default(false).describe('also beyond the ranges of colony.yaml, which are changed'),
    dryRun,
    copy,
    ...selection,
    registry,
    lockTimeout,
  }),
  positionals: ['names'],
  examples: [
    ['Everything, within the ranges of colony.yaml', 'cpm update'],
    ['One package; others stay where they can', 'cpm update codec'],
    ['A new major version', 'cpm update thumbnails --latest'],
  ],
  run: async (context, { names, latest, dryRun, ...flags }) => {
    const project = requireProject(context.cwd)
    requireLocked(names, project)
    const installation = await createInstallation(context, project, flags)
    const isMeant = (name: PackageName) => names.length === 0 || names.includes(name)
    const request: InstallRequest = {
      dryRun,
      release: isMeant,
      selection: readSelection(context.cwd, flags),
      ...(latest && beyondRanges(isMeant)),
    }
    const report = await install(installation, request)
    const heldBack = [...report.heldBack].map(([name, newest]) => ({ name, newest }))
    const others = names.length === 0 ? 'the other packages' : 'what colony.lock has of other packages'
    return { ...installDocument(report), heldBack: heldBack.filter(({ name }) => isMeant(name)), others }
  },
  views: {
    human: ({ heldBack, others, ...report }, style) => {
      const versions = new Map(report.packages.map(({ name, version }) => [name, version]))
      const lines = heldBack.map(({ name, newest }) =>
        style(
          'dim',
          `${name} stays at ${versions.get(name) ?? ''}: ${newest} is incompatible with ${others} (cpm why-not ${name}@${newest})`,
        ),
      )
      return [renderInstall(report, style), ...lines].join('\n')
    },
  },
})

/** @throws CpmError PACKAGE_NOT_FOUND for a name that the project does not have */
function requireLocked(names: readonly PackageName[], project: Project): void {
  const read = readLock(project.lockFile)
  const { dependencies, devDependencies } = readProjectManifest(project).manifest
  const known = new Set<string>([...dependencies, ...devDependencies].map(({ name }) => name))
  if (read.kind === 'lock') for (const name of Object.keys(read.lock.packages)) known.add(name)
  const unknown = names.find((name) => !known.has(name))
  if (unknown === undefined) return
  throw new CpmError('PACKAGE_NOT_FOUND', `the project has no ${unknown}${didYouMean(unknown, [...known])}`, {
    hint: closest(unknown, known) === undefined ? `cpm install ${unknown}` : 'cpm list',
  })
}

/** Asks for any version of the direct dependencies that are meant, and writes down what was chosen. */
function beyondRanges(isMeant: (name: PackageName) => boolean): Pick<InstallRequest, 'edit' | 'settle'> {
  const change = (text: string, requirementOf: (name: PackageName) => string | undefined) => {
    let edited = text
    for (const section of ['dependencies', 'devDependencies'] as const) {
      const requirements = new Map<PackageName, string>()
      for (const { name, requirement } of parseProjectManifest(edited)[section]) {
        const changed = isMeant(name) && requirementPath(requirement) === null ? requirementOf(name) : undefined
        if (changed !== undefined) requirements.set(name, changed)
      }
      edited = setDependencies(edited, section, requirements)
    }
    return edited
  }
  return {
    edit: (text) => change(text, () => '*'),
    settle: (text, chosen: ReadonlyMap<PackageName, Version>) =>
      change(text, (name) => {
        const version = chosen.get(name)
        return version === undefined ? undefined : `^${version}`
      }),
  }
}
