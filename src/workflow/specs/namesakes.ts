import type { Problem } from '../../core/yaml.ts'
import { problemAt } from '../templates/problems.ts'
import { nodeAt, type RenderedNode } from '../templates/rendered.ts'

/**
 * Reports documents of one kind with the same name: a colony keeps crons, generators and blueprints by name.
 * @param isSample whether computed names are not known yet
 */
export function namesakes(documents: readonly RenderedNode[], { isSample }: { isSample: boolean }): Problem[] {
  const seen = new Map<string, string>()
  return documents.flatMap((document) => {
    const kind = nodeAt(document, ['kind'])
    const name = [nodeAt(document, ['name']), nodeAt(document, ['metadata', 'name'])].find(
      (node) => node.kind === 'scalar' && !(isSample && node.isComputed),
    )
    if (kind.kind !== 'scalar' || name?.kind !== 'scalar' || typeof name.value !== 'string') return []
    const key = JSON.stringify([kind.value, name.value])
    const before = seen.get(key)
    seen.set(key, name.file)
    if (before === undefined) return []
    const reads = name.reads ? ` (it reads ${name.reads.join(', ')})` : ''
    return [problemAt(name, `${before} already has a ${String(kind.value)} named ${name.value}${reads}`)]
  })
}
