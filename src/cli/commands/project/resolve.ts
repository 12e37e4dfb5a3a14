import path from 'node:path'
import { z } from 'zod'
import type { PackageName } from '../../../schema/name.ts'
import { CpmError } from '../../../core/errors.ts'
import { lockedVersions, readLock } from '../../../installer/lockfile.ts'
import { readProjectManifest, requireProject } from '../../../installer/project.ts'
import { answerOf, askResolver, nearNames, NOT_NEWEST } from '../../../installer/resolve-project.ts'
import { problemOf, resolveUniverse, runUniverse } from '../../../resolver/universe.ts'
import type { Session } from '../../../operations/session.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { createInstallation } from '../../../operations/project/installation.ts'
import { lockTimeout, registry, selection } from '../../shell/options.ts'
import { checkProofFile, renderChecked } from '../../../operations/project/check-proof-file.ts'
import { proofOf, readProof, writeProof } from '../../../operations/project/proof-file.ts'
import { readSelection } from '../../../operations/project/selection.ts'
import { documentsOf, readUniverse, type UniverseFile } from '../../../operations/project/universe-file.ts'
import { count } from '../../../core/amounts.ts'

/** What was chosen, and what the lock has where that is something else. */
interface Chosen {
  readonly name: string
  readonly version: string
  readonly locked: string | null
}

export default defineCommand({
  input: z.object({
    universe: z.string().optional().meta({
      description: 'resolve what this file of JSON describes instead of the project (docs/resolver.md)',
      value: 'file',
    }),
    proof: z.string().optional().meta({ description: 'write a proof of the answer to this file', value: 'file' }),
    check: z.string().optional().meta({ description: 'check the proof in this file instead', value: 'file' }),
    ...selection,
    offline: z.boolean().default(false).describe('use nothing that is not on this machine'),
    registry,
    lockTimeout,
  }),
  examples: [
    ['The versions that cpm install would lock', 'cpm resolve'],
    ['A world of packages in a file', 'cpm resolve --universe case.json --json'],
    ['The oldest versions that are allowed, to test with', 'cpm resolve --resolution lowest'],
    ['A proof, and its check', 'cpm resolve --proof proof.json; cpm resolve --check proof.json'],
  ],
  run: async (context, { universe, proof, check, ...flags }) => {
    const at = (file: string) => path.resolve(context.cwd, file)
    const read = universe === undefined ? undefined : readUniverse(at(universe))
    if (read && (flags.resolution ?? flags.excludeNewer ?? flags.target) !== undefined)
      throw new CpmError('USAGE', '--resolution, --exclude-newer and --target have no say with --universe')
    if (check !== undefined && proof !== undefined)
      throw new CpmError('USAGE', '--proof and --check can’t be used together')
    if (check !== undefined) return await checkProofFile(context, readProof(at(check)), read, flags)
    const file = proof === undefined ? undefined : at(proof)
    return read ? ofUniverse(context, read, file) : await ofProject(context, flags, file)
  },
  views: {
    human: (value, style) => {
      if ('checked' in value) return renderChecked(value)
      const { packages, omitted } = value
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
  readonly isNewest: boolean
}

interface Flags {
  offline: boolean
  registry?: string | undefined
  lockTimeout?: number | undefined
  resolution?: Parameters<typeof readSelection>[1]['resolution']
  excludeNewer?: string | undefined
  target?: string | undefined
}

async function ofProject(context: Session, flags: Flags, proofFile: string | undefined): Promise<Resolved> {
  const project = requireProject(context.cwd)
  const { source, emit, cpmVersion, signal, sweep } = await createInstallation(context, project, flags)
  const locked = lockedVersions(readLock(project.lockFile))
  try {
    const { manifest } = readProjectManifest(project)
    const asked = await askResolver(manifest, {
      root: project.root,
      locked,
      source,
      cpmVersion,
      selection: readSelection(context.cwd, flags),
      emit,
      signal,
      withProof: proofFile !== undefined,
    })
    if (proofFile !== undefined) writeProof(proofFile, proofOf(asked.problem, asked.outcome, asked.documents))
    const { packages, omitted, isNewest } = answerOf(asked, emit, await nearNames(asked, source)).solution
    const chosen = [...packages].map(([name, { version }]) => ({ name, version, locked: locked.get(name) ?? null }))
    return { packages: chosen, omitted: Object.fromEntries(omitted), isNewest }
  } finally {
    sweep()
  }
}

function ofUniverse({ emit }: Session, universe: UniverseFile, proofFile: string | undefined): Resolved {
  const outcome = runUniverse(universe, { withProof: proofFile !== undefined })
  if (proofFile !== undefined) writeProof(proofFile, proofOf(problemOf(universe), outcome, documentsOf(universe)))
  if (outcome.type === 'unsolvable') throw noSolution(universe)
  const { packages, isNewest } = outcome.solution
  if (!isNewest) emit(NOT_NEWEST)
  const lockedOf = (name: PackageName) => universe.locked[name] ?? null
  return {
    packages: [...packages].map(([name, { version }]) => ({ name, version, locked: lockedOf(name) })),
    omitted: {},
    isNewest,
  }
}

function noSolution(universe: UniverseFile): CpmError {
  const answer = resolveUniverse(universe)
  const { explanation, fixes } = 'unsolvable' in answer ? answer : { explanation: '', fixes: [] }
  const hint =
    fixes.length === 0 ? 'change one of the requirements above' : `it helps to change (tried): ${fixes.join(', or ')}`
  return new CpmError('NO_SOLUTION', explanation, { hint, details: { explanation, fixes } })
}
