import path from 'node:path'
import { z } from 'zod'
import type { PackageName } from '../../schema/name.ts'
import type { Proof } from '../../schema/proof.ts'
import { CpmError } from '../../core/errors.ts'
import { lockedVersions, readLock } from '../../installer/lockfile.ts'
import { findProject, readProjectManifest, requireProject } from '../../installer/project.ts'
import { answerOf, askResolver, NOT_NEWEST } from '../../installer/resolve-project.ts'
import { checkProof, requireQuotesTrue } from '../../checker/check-proof.ts'
import { quote } from '../../checker/quote.ts'
import { problemOf, resolveUniverse, runUniverse } from '../../resolver/universe.ts'
import type { Context } from '../context.ts'
import { defineCommand } from '../define-command.ts'
import { createInstallation } from '../installation.ts'
import { lockTimeout, registry } from '../options.ts'
import { type Documents, proofOf, readProof, writeProof } from '../proof-file.ts'
import { readSelection, selection } from '../selection.ts'
import { documentsOf, readUniverse, type UniverseFile } from '../universe-file.ts'
import { count } from '../style.ts'

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
    if (check !== undefined) return await checked(context, readProof(at(check)), read, flags)
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

interface Checked {
  readonly checked: { readonly facts: number; readonly steps: number }
  readonly claim: Proof['claim']['type']
  /** what the quoted packages were held against */
  readonly against: 'universe' | 'registries' | null
}

interface Flags {
  offline: boolean
  registry?: string | undefined
  lockTimeout?: number | undefined
  resolution?: Parameters<typeof readSelection>[1]['resolution']
  excludeNewer?: string | undefined
  target?: string | undefined
}

async function ofProject(context: Context, flags: Flags, proofFile: string | undefined): Promise<Resolved> {
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
    const { packages, omitted, isNewest } = answerOf(asked, emit).solution
    const chosen = [...packages].map(([name, { version }]) => ({ name, version, locked: locked.get(name) ?? null }))
    return { packages: chosen, omitted: Object.fromEntries(omitted), isNewest }
  } finally {
    sweep()
  }
}

function ofUniverse({ emit }: Context, universe: UniverseFile, proofFile: string | undefined): Resolved {
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

/** Checks a proof, and what it quotes: against the universe, else against the registries of the project, if there is one. */
async function checked(
  context: Context,
  proof: Proof,
  universe: UniverseFile | undefined,
  flags: Flags,
): Promise<Checked> {
  const sizes = checkProof(proof)
  const names = Object.keys(proof.packages) as PackageName[]
  const known = universe ? documentsOf(universe, names) : await documentsOfProject(context, names, flags)
  if (known) requireQuotesTrue(proof, new Map(names.map((name) => [name, quote(known.get(name) ?? null)])))
  const against = universe ? 'universe' : known ? 'registries' : null
  return { checked: sizes, claim: proof.claim.type, against }
}

function renderChecked({ checked: { facts, steps }, claim, against }: Checked): string {
  const what = claim === 'solved' ? 'the versions fit together' : 'there is no solution'
  const basis = {
    universe: 'the packages are as the universe has them',
    registries: 'the packages are as the registries of this project have them',
  }
  return [
    `the proof holds: ${what} (${count(facts, 'fact')}, ${count(steps, 'step')})`,
    against ? basis[against] : 'for the packages as the file itself quotes them: nothing to compare them with is here',
  ].join('\n')
}

async function documentsOfProject(
  context: Context,
  names: readonly PackageName[],
  flags: Flags,
): Promise<Documents | undefined> {
  const project = findProject(context.cwd)
  if (!project) return undefined
  const { source, sweep } = await createInstallation(context, project, flags)
  try {
    return await source.read(names)
  } finally {
    sweep()
  }
}
