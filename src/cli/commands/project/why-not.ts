import { z } from 'zod'
import { CpmError } from '../../../core/errors.ts'
import { readLock } from '../../../installer/lockfile.ts'
import { readProjectManifest, requireProject } from '../../../installer/project.ts'
import { whyNot } from '../../../operations/project/why-not.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { createInstallation } from '../../../operations/project/installation.ts'
import { lockTimeout, registry, selection } from '../../shell/options.ts'
import { parseRelease } from '../../../operations/registries/release-argument.ts'
import { readSelection } from '../../../operations/project/selection.ts'

export default defineCommand({
  input: z.object({
    release: z.string().meta({ description: 'the version, as name@1.2.0', value: 'name@version' }),
    offline: z.boolean().default(false).describe('use nothing that is not on this machine'),
    ...selection,
    registry,
    lockTimeout,
  }),
  positionals: ['release'],
  examples: [
    ['What keeps codec from being newer', 'cpm why-not codec@2.1.0'],
    ['Exit status: 0 it is there, 3 a command gets it, 7 neither', 'cpm why-not codec@2.1.0 --json; echo $?'],
  ],
  run: async (context, { release, ...flags }) => {
    const wanted = parseRelease(release)
    const project = requireProject(context.cwd)
    const read = readProjectManifest(project)
    const lock = readLock(project.lockFile)
    if (lock.kind === 'none')
      throw new CpmError('LOCK_OUTDATED', 'there is no colony.lock to ask about', { hint: 'cpm install' })
    const { source, cpmVersion, signal, sweep } = await createInstallation(context, project, flags)
    try {
      return await whyNot(read, lock, wanted, {
        root: project.root,
        source,
        cpmVersion,
        signal,
        selection: readSelection(context.cwd, flags),
        repeated: repeated(flags),
        mayUpdate: !flags.offline,
      })
    } finally {
      sweep()
    }
  },
  exit: ({ isInstalled, tips }) => (isInstalled ? 'ok' : tips.length > 0 ? 'changesNeeded' : 'noSolution'),
  views: {
    human: ({ name, version, locked, isInstalled, reasons, tips }) => {
      const told = reasons.map(({ message }) => message)
      if (isInstalled) return [`colony.lock has ${name} ${version}`, ...told.map((text) => `but ${text}`)].join('\n')
      const has = locked === null ? `colony.lock has no ${name}` : `colony.lock has ${name} ${locked}`
      const does = tips.map((tip) => `this gets it (tried): ${tip}`)
      return [`${has}, not ${version}:`, ...told.map((text) => text.replace(/^(?=.)/gm, '  ')), ...does].join('\n')
    },
  },
})

interface Flags {
  registry?: string | undefined
  offline: boolean
  resolution?: string | undefined
  excludeNewer?: string | undefined
  target?: string | undefined
}

/** The options that have a say in what is chosen, as they are typed. */
function repeated({ registry, offline, resolution, excludeNewer, target }: Flags): string {
  const given = { registry, resolution, 'exclude-newer': excludeNewer, target }
  const texts = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [` --${name} ${shellWord(value)}`],
  )
  return [...texts, ...(offline ? [' --offline'] : [])].join('')
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
