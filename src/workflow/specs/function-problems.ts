import { closest, didYouMean } from '../../core/did-you-mean.ts'
import type { Problem } from '../../core/yaml.ts'
import type { LocalFunction } from '../../schema/manifest.ts'
import { problemAt } from '../templates/problems.ts'
import { nodeAt, type RenderedNode } from '../templates/rendered.ts'

/**
 * Nodes of a workflow that call a function which nothing declares, although functions of the same type of executor are declared. Where
 * none is, the executors of a colony are meant, and what these offer is not known here.
 * @param functions of the package, and of those whose workflows it includes
 */
export function functionProblems(sample: RenderedNode, functions: readonly LocalFunction[]): Problem[] {
  const types = new Set(functions.map(({ executortype }) => executortype))
  return nodesOf(sample).flatMap((node) => {
    const name = writtenText(node, ['funcname'])
    const type = writtenText(node, ['conditions', 'executortype'])
    if (name === undefined || type === undefined) return []
    const known = functions.filter(({ executortype }) => executortype === type.text)
    if (known.some((fn) => fn.name === name.text)) return []
    if (known.length > 0) {
      const names = known.map((fn) => fn.name)
      const message = `no function ${name.text} is declared for ${type.text}${didYouMean(name.text, names)}`
      return [problemAt(name.node, `${message}; declare it under functions: in colony.yaml`)]
    }
    const meant = closest(type.text, types)
    const isSlip = meant !== undefined && functions.some((fn) => fn.executortype === meant && fn.name === name.text)
    return isSlip ? [problemAt(type.node, `no function is declared for ${type.text}; did you mean ${meant}?`)] : []
  })
}

/** Crons and generators run on colonies alone, so nothing on this machine has to offer their functions. */
function nodesOf(sample: RenderedNode): readonly RenderedNode[] {
  const kind = writtenText(sample, ['kind'])?.text
  if (kind === 'Function') return [sample]
  const functions = nodeAt(sample, ['functions'])
  return kind === 'Workflow' && functions.kind === 'list' ? functions.items : []
}

/** A text that is written out in the template. */
function writtenText(node: RenderedNode, path: readonly string[]): { text: string; node: RenderedNode } | undefined {
  const found = nodeAt(node, path)
  if (found === node || found.isComputed || found.kind !== 'scalar' || typeof found.value !== 'string') return undefined
  return { text: found.value, node: found }
}
