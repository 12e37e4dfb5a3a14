import fs from 'node:fs'
import { CpmError } from '../../core/errors.ts'
import type { FunctionSpec } from '../../workflow/specs/spec.ts'
import type { Demand } from './schedule.ts'

/** The default demand of a node: one core. */
const DEFAULT_CPU = 1000

/** Returns the demand of a node. Its units (thousandths of a core, Mi or Gi) were checked before. */
export function demandOf({ conditions: { cpu, mem } }: FunctionSpec): Demand {
  return {
    cpu: cpu === undefined ? DEFAULT_CPU : parseInt(cpu, 10),
    mem: mem === undefined ? 0 : parseInt(mem, 10) * (mem.endsWith('Gi') ? 1024 : 1),
  }
}

/** @throws CpmError WORKFLOW_INVALID with every node that needs more than the machine has */
export function requireRoom(nodes: readonly FunctionSpec[], room: Demand): void {
  const problems = nodes.flatMap((node) => {
    const { cpu, mem } = demandOf(node)
    const asks: string[] = []
    if (cpu > room.cpu) asks.push(`cpu ${cpu}m of ${room.cpu}m`)
    if (mem > room.mem) asks.push(`mem ${mem}Mi of ${room.mem}Mi`)
    return asks.length === 0 ? [] : [`  ${node.nodename}: needs ${asks.join(' and ')}`]
  })
  if (problems.length === 0) return
  throw new CpmError('WORKFLOW_INVALID', ['this workflow needs more than this machine has:', ...problems].join('\n'), {
    hint: 'reduce cpu and mem of these nodes',
  })
}

/** The longest `NAME=value`, including its terminator, that Linux accepts when it starts a program. */
export const MOST_VARIABLE_BYTES = 128 * 1024

/** @throws CpmError WORKFLOW_INVALID with every node whose variables are too large to start a program with */
export function requireFittingVariables(nodes: readonly FunctionSpec[], most = mostBytesToStart()): void {
  const problems = nodes.flatMap(({ nodename, env }) => {
    const sizes = Object.entries(env).map(([name, value]) => [name, Buffer.byteLength(`${name}=${value}`)] as const)
    const large = sizes.filter(([, size]) => size >= MOST_VARIABLE_BYTES)
    const total = sizes.reduce((sum, [, size]) => sum + size, 0)
    return [
      ...large.map(([name]) => `  ${nodename}: env.${name} is larger than ${MOST_VARIABLE_BYTES / 1024} KiB`),
      ...(large.length === 0 && total >= most
        ? [`  ${nodename}: env is larger than ${Math.floor(most / 1024)} KiB`]
        : []),
    ]
  })
  if (problems.length === 0) return
  throw new CpmError(
    'WORKFLOW_INVALID',
    ['these variables are too large to start a program with:', ...problems].join('\n'),
    {
      hint: 'pass large values in args or kwargs',
    },
  )
}

/** The most that Linux accepts as arguments and variables: a quarter of the stack, and never more than 6 MiB (execve(2)). */
function mostBytesToStart(): number {
  try {
    const [, stack] = /^Max stack size +(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8')) ?? []
    return Math.min(stack === undefined ? Infinity : Number(stack) / 4, 6 * 1024 * 1024)
  } catch {
    return Infinity
  }
}
