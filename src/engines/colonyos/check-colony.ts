import { gte, satisfies } from 'semver'
import type { ColonyFunction, Executor } from '../../schema/colony/members.ts'
import { RPCS } from '../../schema/colony/rpcs.ts'
import type { FunctionSpec } from '../../schema/specs/function-spec.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import type { ColonyClient } from './client.ts'
import { type ServerVersion, serverVersion } from './server-version.ts'

export interface ColonyFitness {
  /** what currently keeps the workflow from running there */
  readonly problems: readonly string[]
  /** what can't be determined */
  readonly doubts: readonly string[]
}

/** Parts of a spec that need a newer server. */
const NEEDS: readonly {
  readonly since: string
  readonly what: string
  readonly uses: (node: FunctionSpec) => boolean
}[] = [
  { since: '1.9.6', what: 'channels', uses: ({ channels }) => channels !== undefined },
  { since: '1.8.18', what: 'processespernode', uses: ({ conditions }) => conditions.processespernode !== undefined },
]

/**
 * Checks whether a colony can run nodes: it needs an approved executor of each type that offers the function, and a
 * server that is new enough. Read-only, and a snapshot: executors come and go, and what they offer is their own claim.
 * @param wanted the range of server versions that the package requires
 */
export async function checkColony(
  client: ColonyClient,
  functions: readonly FunctionSpec[],
  wanted: string | undefined,
): Promise<ColonyFitness> {
  const colonyname = client.colony
  const [version, executors, offered] = await Promise.all([
    serverVersion(client),
    client.call(RPCS.getExecutors, { colonyname }),
    client.call(RPCS.getFunctions, { colonyname, executorname: '' }),
  ])
  const approved = executors.filter(({ state }) => state === 'approved')
  const found = [
    versionFitness(version, functions, wanted),
    ...functions.map((node) => nodeFitness(node, approved, executors, offered)),
  ]
  const unique = (texts: readonly string[]) => [...new Set(texts)]
  return { problems: unique(found.flatMap((one) => one.problems)), doubts: unique(found.flatMap((one) => one.doubts)) }
}

function versionFitness(
  { text, version }: ServerVersion,
  functions: readonly FunctionSpec[],
  wanted: string | undefined,
): ColonyFitness {
  const needs = NEEDS.filter(({ uses }) => functions.some(uses))
  if (version === undefined) {
    const asked = [
      ...needs.map(({ since, what }) => `${what} needs ${since}`),
      ...(wanted === undefined ? [] : [`the package needs ${wanted}`]),
    ]
    const known =
      text === undefined ? 'the server is older than 1.9.0' : `the server reports ${text}, which is not a version`
    return { problems: [], doubts: asked.length === 0 ? [] : [`${known}: ${asked.join(', ')}`] }
  }
  const problems = needs
    .filter(({ since }) => !gte(version, since))
    .map(({ since, what }) => `${what} needs server version ${since}, but this one is ${version}`)
  if (wanted !== undefined && !satisfies(version, wanted, { includePrerelease: true }))
    problems.push(`the package needs server version ${wanted}, but this one is ${version}`)
  return { problems, doubts: [] }
}

function nodeFitness(
  { nodename, funcname, conditions }: FunctionSpec,
  approved: readonly Executor[],
  all: readonly Executor[],
  offered: readonly ColonyFunction[],
): ColonyFitness {
  const { executortype: type, executornames = [], locationname = '' } = conditions
  const problem = (fact: string) => ({ problems: [`${nodename}: ${fact}`], doubts: [] })
  const ofType = approved.filter(({ executortype }) => executortype === type)
  if (ofType.length === 0) {
    const waiting = all.filter(({ executortype, state }) => executortype === type && state === 'pending')
    const types = new Set(approved.map(({ executortype }) => executortype))
    return problem(
      waiting.length > 0
        ? `the executors of type ${type} are not approved yet`
        : `there is no executor of type ${type}${didYouMean(type, types)}`,
    )
  }
  const named = ofType.filter(({ executorname }) => executornames.length === 0 || executornames.includes(executorname))
  if (named.length === 0) return problem(`no executor of type ${type} is named ${executornames.join(' or ')}`)
  const placed = named.filter(
    (one) => locationname === '' || one.locationname.toLowerCase() === locationname.toLowerCase(),
  )
  if (placed.length === 0) return problem(`no usable executor of type ${type} is at ${locationname}`)
  const names = new Set(placed.map(({ executorname }) => executorname))
  const functions = new Set(offered.filter(({ executorname }) => names.has(executorname)).map((one) => one.funcname))
  if (functions.has(funcname)) return { problems: [], doubts: [] }
  if (functions.size === 0) return { problems: [], doubts: [`no executor of type ${type} lists its functions`] }
  return problem(`no executor of type ${type} offers ${funcname}${didYouMean(funcname, functions)}`)
}
