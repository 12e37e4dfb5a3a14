import fs from 'node:fs'
import path from 'node:path'
import { randomBytes } from 'node:crypto'
import type { PluginDeclaration } from '../../schema/plugin.ts'
import { makeFolders, readTextIfThere, writeFileAtomic } from '../../core/atomic-file.ts'
import { CpmError, fileError, systemCode } from '../../core/errors.ts'
import type { Home } from '../../core/home.ts'
import { shellWord } from '../../core/shell-word.ts'
import { readLock } from '../../installer/lockfile.ts'
import { type PluginFiles, readPluginFiles } from '../../plugins/plugin-files.ts'
import { describePlugin } from '../../plugins/running-plugin.ts'
import { init } from '../packages/init.ts'
import { install } from '../project/install.ts'
import { parseNameAndRange } from '../registries/release-argument.ts'
import type { Session } from '../session.ts'
import { setSetting } from '../settings.ts'
import { type Candidate, recordApproval, requireApproval } from './approve.ts'
import { knownPlugins, refuseConflicts } from './known-plugins.ts'
import { pluginParts, pluginProject, withoutHooks } from './load-hooks.ts'

export interface AddPluginOptions {
  /** a file, a folder, or a package as `name` or `name@range` */
  plugin: string
  /** approve it without asking */
  yes?: boolean
  /** where to look for a package */
  registry?: string | undefined
  /** first words of commands that plugins may not have */
  reserved?: readonly string[]
}

/**
 * Adds a plugin, after the user approved what it may do: copies a file or folder to `$CPM_HOME/plugins`, or installs a
 * package there.
 * @throws CpmError PLUGIN_INVALID, PLUGIN_NOT_APPROVED, FILE_EXISTS; for a package also the errors of `install`
 */
export async function addPlugin(session: Session, options: AddPluginOptions) {
  const home = session.home(await session.config())
  const given = path.resolve(session.cwd, options.plugin)
  return isPath(options.plugin)
    ? await addFiles(session, home, given, options)
    : await addPackage(session, home, options)
}

/** The only slash in the name of a package follows its scope. */
function isPath(text: string): boolean {
  return /^(?!@)[^@]*[\\/]|^\.{1,2}$|\.mjs$/.test(text) || path.isAbsolute(text)
}

async function addFiles(session: Session, home: Home, given: string, options: AddPluginOptions) {
  // What is approved is what was copied, whatever happens to the original meanwhile.
  const staged = path.join(home.plugins, `.new-${randomBytes(6).toString('hex')}`, path.basename(given))
  try {
    copy(given, staged)
    const files = readPluginFiles(staged)
    const declaration = await describePlugin(files, pluginParts(session, home))
    const file = fs.statSync(staged).isDirectory() ? declaration.name : `${declaration.name}.mjs`
    const place = path.join(home.plugins, file)
    const candidate = { declaration, source: { kind: 'file' as const, file }, files }
    await approve(session, home, { candidate, place, options })
    const replaced = `${staged}.old`
    if (fs.existsSync(place)) fs.renameSync(place, replaced)
    fs.renameSync(staged, place)
    await recordApproval(session, home, candidate)
    return shown(declaration, place)
  } catch (error) {
    if (systemCode(error) === 'ENOENT')
      throw new CpmError('PLUGIN_NOT_FOUND', `${given} does not exist`, {
        hint: 'cpm plugins add <file, folder or package>',
      })
    throw fileError(error, 'copy', given)
  } finally {
    fs.rmSync(path.dirname(staged), { recursive: true, force: true })
  }
}

/** Leaves out what belongs to the development of a plugin: hidden files and installed npm packages. */
function copy(from: string, to: string): void {
  makeFolders(path.dirname(to), 0o700)
  const filter = (file: string) => file === from || !/^(?:\.|node_modules$)/.test(path.basename(file))
  fs.cpSync(from, to, { recursive: true, errorOnExist: true, force: false, filter })
}

async function addPackage(session: Session, home: Home, options: AddPluginOptions) {
  const { name } = parseNameAndRange(options.plugin)
  const project = pluginProject(home)
  const there: Session = { ...session, cwd: project.root }
  if (!fs.existsSync(project.manifestFile)) await init(there, { bare: true })
  const before = [project.manifestFile, project.lockFile].map((file) => ({ file, text: readTextIfThere(file) }))
  const { registry } = options
  // Real files: Node looks for what they import in the folders above them.
  await install(there, { names: [options.plugin], copy: true, registry })
  try {
    const place = path.join(project.packages, name)
    const files = readPluginFiles(place)
    const declaration = await describePlugin(files, pluginParts(session, home))
    const lock = readLock(project.lockFile)
    const version = lock.kind === 'lock' ? lock.lock.packages[name]?.version : undefined
    if (version !== declaration.version)
      throw new CpmError(
        'PLUGIN_INVALID',
        `${name}@${version ?? ''} contains a plugin that calls itself ${declaration.version}`,
      )
    const candidate = { declaration, source: { kind: 'package' as const, package: name }, files }
    await approve(session, home, { candidate, place, options })
    await recordApproval(session, home, candidate)
    await setSetting(session, { key: `plugins.${declaration.name}.package`, value: name })
    return shown(declaration, place)
  } catch (error) {
    // Someone who refuses another version keeps the one they have.
    for (const { file, text } of before)
      if (text === undefined) fs.rmSync(file, { force: true })
      else writeFileAtomic(file, text)
    await install(withoutHooks(there), { copy: true, offline: true }).catch(() => undefined)
    throw error
  }
}

interface Approving {
  readonly candidate: Candidate
  readonly place: string
  readonly options: Pick<AddPluginOptions, 'plugin' | 'yes' | 'reserved'>
}

async function approve(session: Session, home: Home, { candidate, place, options }: Approving): Promise<void> {
  const known = knownPlugins(await session.config(), home)
  refuseConflicts(candidate.declaration, place, known, options.reserved ?? [])
  const before = known.find(({ name }) => name === candidate.declaration.name)?.approved
  const again = `cpm plugins add ${shellWord(options.plugin)} --yes`
  await requireApproval(session, candidate, { before, yes: options.yes === true, again })
}

function shown({ name, version, hooks, commands }: PluginDeclaration, place: PluginFiles['place']) {
  return { name, version, place, hooks: Object.keys(hooks), commands: commands.map((command) => command.name) }
}
