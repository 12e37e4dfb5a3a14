import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { CpmError, fileError } from '../../core/errors.ts'
import { lockedVersions, readLock } from '../../installer/lockfile.ts'
import { readProjectManifest, requireProject } from '../../installer/project.ts'
import { resolveProject } from '../../installer/resolve-project.ts'
import { resolveUniverse } from '../../resolver/universe.ts'
import type { Context } from '../context.ts'
import { defineCommand } from '../define-command.ts'
import { createInstallation } from '../installation.ts'
import { lockTimeout, registry } from '../options.ts'
import { count } from '../style.ts'

const Ranges = z.record(z.string(), z.string())
const UniverseFile = z.object({
  universe: z.record(z.string(), z.record(z.string(), Ranges)),
  root: Ranges,
  yanked: z.record(z.string(), z.array(z.string())).default({}),
  locked: Ranges.default({}),
  overrides: Ranges.default({}),
})

/** What was chosen, and what the lock has where that is something else. */
interface Chosen {
  readonly name: string
  readonly version: string
  readonly locked: string | null
}

export default defineCommand({
  name: 'resolve',
  summary: 'Show which versions would be chosen, and change nothing',
  input: z.object({
    universe: z.string().optional().meta({
      description: 'resolve what this file of JSON describes instead of the project (docs/resolver.md)',
      value: 'file',
    }),
    offline: z.boolean().default(false).describe('use nothing that is not on this machine'),
    registry,
    lockTimeout,
  }),
  examples: [
    ['The versions that cpm install would lock', 'cpm resolve'],
    ['A world of packages in a file', 'cpm resolve --universe case.json --json'],
  ],
  run: async (context, { universe, ...flags }) =>
    universe === undefined ? await ofProject(context, flags) : ofUniverse(path.resolve(context.cwd, universe)),
  views: {
    human: ({ packages, omitted }, style) => {
      const lines = packages.map(({ name, version, locked }) =>
        locked === null || locked === version
          ? `${name} ${version}`
          : `${name} ${version}${style('dim', ` (locked: ${locked})`)}`,
      )
      const left = Object.entries(omitted).map(([name, reason]) => style('dim', `without ${name}: ${reason}`))
      return [...lines, ...left, count(packages.length, 'package')].join('\n')
    },
  },
})

interface Resolved {
  readonly packages: readonly Chosen[]
  readonly omitted: Readonly<Record<string, string>>
}

async function ofProject(
  context: Context,
  flags: { offline: boolean; registry?: string | undefined; lockTimeout?: number | undefined },
): Promise<Resolved> {
  const project = requireProject(context.cwd)
  const { source, emit, cpmVersion, signal, sweep } = await createInstallation(context, project, flags)
  const locked = lockedVersions(readLock(project.lockFile))
  try {
    const { manifest } = readProjectManifest(project)
    const options = { root: project.root, locked, source, cpmVersion, emit, signal }
    const { solution } = await resolveProject(manifest, options)
    const packages = [...solution.packages].map(([name, { version }]) => ({
      name,
      version,
      locked: locked.get(name) ?? null,
    }))
    return { packages, omitted: Object.fromEntries(solution.omitted) }
  } finally {
    sweep()
  }
}

function ofUniverse(file: string): Resolved {
  const read = UniverseFile.safeParse(jsonOf(file))
  if (!read.success) {
    const [issue] = read.error.issues
    const where = issue?.path.join('.') ?? ''
    throw new CpmError('USAGE', `${file} does not describe a universe: ${where} ${issue?.message ?? ''}`, {
      hint: FORM,
    })
  }
  const answer = resolveUniverse(read.data)
  if ('unsolvable' in answer) {
    const { explanation, fixes } = answer
    throw new CpmError('NO_SOLUTION', explanation, {
      hint:
        fixes.length === 0
          ? 'change one of the requirements above'
          : `it helps to change (tried): ${fixes.join(', or ')}`,
      details: { explanation, fixes },
    })
  }
  const packages = Object.entries(answer.solution).map(([name, version]) => ({
    name,
    version,
    locked: read.data.locked[name] ?? null,
  }))
  return { packages, omitted: {} }
}

const FORM = 'docs/resolver.md tells what such a file holds'

function jsonOf(file: string): unknown {
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch (error) {
    throw fileError(error, 'read', file)
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CpmError('USAGE', `${file} is not JSON`, { hint: FORM, cause: error })
  }
}
