import { closest, didYouMean } from '../../core/did-you-mean.ts'
import type { Problem } from '../../core/yaml.ts'
import type { LocalFunction } from '../../schema/manifest.ts'
import { problemAt } from '../templates/problems.ts'
import { nodeAt, type RenderedNode } from '../templates/rendered.ts'

/**
 * Reports nodes that call an undeclared function of an executor type for which other functions are declared. If none is
 * declared for a type, its executors belong to a colony, and what they offer is not known here.
 * @param functions the functions of the package and of the packages whose workflows it includes
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

/** Leaves out crons and generators: they run only on colonies, so this machine needs none of their functions. */
function nodesOf(sample: RenderedNode): readonly RenderedNode[] {
  const kind = writtenText(sample, ['kind'])?.text
  if (kind === 'Function') return [sample]
  const functions = nodeAt(sample, ['functions'])
  return kind === 'Workflow' && functions.kind === 'list' ? functions.items : []
}

/** Returns a string that the template contains literally. */
function writtenText(node: RenderedNode, path: readonly string[]): { text: string; node: RenderedNode } | undefined {
  const found = nodeAt(node, path)
  if (found === node || found.isComputed || found.kind !== 'scalar' || typeof found.value !== 'string') return undefined
  return { text: found.value, node: found }
}
