import { CpmError } from '../../core/errors.ts'
import type { FunctionSpec } from '../../workflow/specs/spec.ts'
import type { Demand } from './schedule.ts'

/** What a node takes that does not say: as many of them run at a time as there are cores. */
const DEFAULT_CPU = 1000

/** What a node asks for. Its units were checked before: thousandths of a core, Mi or Gi. */
export function demandOf({ conditions: { cpu, mem } }: FunctionSpec): Demand {
  return {
    cpu: cpu === undefined ? DEFAULT_CPU : parseInt(cpu, 10),
    mem: mem === undefined ? 0 : parseInt(mem, 10) * (mem.endsWith('Gi') ? 1024 : 1),
  }
}

/** @throws CpmError WORKFLOW_INVALID that names every node for which there would never be room */
export function requireRoom(nodes: readonly FunctionSpec[], room: Demand): void {
  const problems = nodes.flatMap((node) => {
    const { cpu, mem } = demandOf(node)
    const asks: string[] = []
    if (cpu > room.cpu) asks.push(`cpu ${cpu}m, of ${room.cpu}m`)
    if (mem > room.mem) asks.push(`mem ${mem}Mi, of ${room.mem}Mi`)
    return asks.length === 0 ? [] : [`  ${node.nodename}: asks for ${asks.join(' and ')}`]
  })
  if (problems.length === 0) return
  throw new CpmError(
    'WORKFLOW_INVALID',
    ['this workflow asks for more than this machine has, so it would never end here:', ...problems].join('\n'),
    { hint: 'give the nodes smaller values of cpu and mem for runs on this machine' },
  )
}

/** The longest `NAME=value` that Linux starts a program with, its end included. */
const MOST_VARIABLE_BYTES = 128 * 1024

/** @throws CpmError WORKFLOW_INVALID that names every variable with which no program can be started */
export function requireFittingVariables(nodes: readonly FunctionSpec[]): void {
  const problems = nodes.flatMap(({ nodename, env }) =>
    Object.entries(env)
      .filter(([name, value]) => Buffer.byteLength(`${name}=${value}`) >= MOST_VARIABLE_BYTES)
      .map(([name]) => `  ${nodename}: env.${name} is larger than ${MOST_VARIABLE_BYTES / 1024} KiB`),
  )
  if (problems.length === 0) return
  throw new CpmError('WORKFLOW_INVALID', ['no program can be started with these variables:', ...problems].join('\n'), {
    hint: 'pass large values in args or kwargs',
  })
}
