import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { isRelease } from '../../schema/lock.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import { isPackageName, type PackageName } from '../../schema/name.ts'
import { CpmError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { findProject } from '../../installer/project.ts'
import { lockedPackage, readLock } from '../../installer/lockfile.ts'
import { Store } from '../../installer/store.ts'
import { checkPackageManifest, MANIFEST_FILE, readManifestText, requireManifest } from '../../package/manifest.ts'
import * as tasks from '../../package/tasks.ts'
import { createLocalEngine } from '../../workflow/local/local-engine.ts'
import { prepareWorkflow } from '../../workflow/prepare.ts'
import { reportChanges } from '../../workflow/runs/report-changes.ts'
import { runError } from '../../workflow/runs/run-error.ts'
import { RunRecords } from '../../workflow/runs/run-records.ts'
import type { Context } from '../context.ts'
import { defineCommand } from '../define-command.ts'
import { requireInstalled } from '../installed-package.ts'
import { givenValues, localSecrets, valuesOptions } from '../values-options.ts'

export default defineCommand({
  name: 'submit',
  summary: 'Run a workflow',
  input: z.object({
    target: z
      .string()
      .default('.')
      .meta({ description: 'an installed package, or a package’s folder', value: 'package|dir' }),
    engine: z.enum(['local'], 'say --engine local: it runs the package’s functions as programs on this machine').meta({
      description: 'what runs it; local runs the package’s functions as programs on this machine',
      value: 'engine',
    }),
    ...valuesOptions,
    workflow: z
      .string()
      .optional()
      .meta({ description: 'which workflow, where main.yaml is not meant', value: 'name' }),
  }),
  positionals: ['target'],
  examples: [
    ['Run an installed package on this machine', 'cpm submit thumbnails --engine local --set size=512'],
    ['Run the package in this folder', 'cpm submit . --engine local'],
  ],
  run: async (context, { target, workflow, ...values }) => {
    const { pool, signal, emit } = context
    const { root, manifest, from, tree } = await findPackage(context, target)
    const given = givenValues(context, { root, manifest }, values)
    const packages = findProject(context.cwd)?.packages
    const secrets = await localSecrets(context)
    const { spec, source, release } = await prepareWorkflow({
      pool,
      root,
      manifest,
      workflow,
      given,
      secrets,
      packages,
      signal,
    })
    secrets.place()
    const records = new RunRecords(context.home(await context.config()).runs)
    const engine = createLocalEngine({ records, env: context.env })
    const { name, version, functions } = manifest
    const { run } = await engine.submit(
      { run: release, package: { name, version }, workflow: source.file, spec, root, packages, tree, functions },
      { signal },
    )
    const ended = await engine.watch(run, { onChange: reportChanges(emit) })
    signal.throwIfAborted()
    const failure = await runError(engine, ended)
    if (failure) throw failure
    return { from, ...ended }
  },
  views: {
    human: (value, style) => {
      const lines = value.nodes.map(
        ({ nodename, out }) =>
          `${style('green', '✓')} ${nodename}${out && out.length > 0 ? `: ${printable(JSON.stringify(out))}` : ''}`,
      )
      return [
        ...lines,
        `${value.package.name}@${value.package.version} (${value.from}) ran on this machine; logs and outputs are in ${value.folder ?? ''}`,
      ].join('\n')
    },
  },
})

interface FoundPackage {
  root: string
  manifest: PackageManifest
  /** where it was found, for people */
  from: string
  /** the digest of its tree, where it was proven */
  tree?: string
}

/** A folder where the target names one, else a package of the project, proven before anything of it is run. */
async function findPackage(context: Context, target: string): Promise<FoundPackage> {
  if (isPackageName(target) && isLocked(context, target)) return await provenPackage(context, target)
  const folder = path.resolve(context.cwd, target)
  if (fs.existsSync(path.join(folder, MANIFEST_FILE)))
    return { root: folder, manifest: readPackage(folder, target), from: 'a folder' }
  if (isPackageName(target)) requireInstalled(context, target)
  throw new CpmError(
    'PACKAGE_NOT_FOUND',
    `${target} is neither an installed package nor a folder with a ${MANIFEST_FILE}`,
    {
      hint: `cpm install ${target}`,
    },
  )
}

function isLocked({ cwd }: Context, name: PackageName): boolean {
  const project = findProject(cwd)
  const read = project && readLock(project.lockFile)
  return read?.kind === 'lock' && lockedPackage(read.lock, name) !== undefined
}

async function provenPackage(context: Context, name: PackageName): Promise<FoundPackage> {
  const { locked, version, folder } = requireInstalled(context, name)
  const tree = isRelease(locked) ? locked.tree : undefined
  if (isRelease(locked)) {
    const store = new Store(context.home(await context.config()).store)
    const input = { root: folder, tree: locked.tree, tableFile: store.tableFile(locked.tree) }
    const { proven } = await context.pool.run(tasks.proveTree, input, { signal: context.signal })
    if (!proven)
      throw new CpmError('PACKAGE_DAMAGED', `${name}@${version} is not as it was signed, so it is not run`, {
        hint: 'cpm ci',
      })
  }
  return {
    root: folder,
    manifest: readPackage(folder, name),
    from: 'installed, proven',
    ...(tree !== undefined && { tree }),
  }
}

function readPackage(folder: string, label: string): PackageManifest {
  return requireManifest(
    checkPackageManifest(path.join(label, MANIFEST_FILE), readManifestText(folder), { unknownKeys: 'tolerate' }),
  ).manifest
}
