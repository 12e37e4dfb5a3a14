import type { Path, Problem } from '../../core/yaml.ts'
import { covers, inputsIn } from '../values/input-read.ts'
import { declarationOf, type PackageInputs } from '../values/package-inputs.ts'
import { keysOf } from '../values/shape.ts'
import { expressionsIn } from './expressions-in.ts'
import { readTemplate } from './template.ts'
import type { TemplateExpression } from './template-node.ts'
import { readDocuments } from './workflow-file.ts'

/**
 * Reports declared inputs that no expression in the package's workflows and partials reads, usually because of a
 * typo. If a document can't be parsed, reports nothing, since that document may read them.
 */
export function unreadInputs(declared: PackageInputs): Problem[] {
  const templates = readDocuments(declared.root).map((file) => readTemplate(file).template)
  if (templates.includes(undefined)) return []
  const reads = templates.flatMap((template) => (template ? expressionsIn(template) : [])).flatMap(readsIn)
  return keysOf(declared.shape).flatMap((key) => {
    const path = key.split('.')
    if (reads.some((read) => covers(read, path) || covers(path, read))) return []
    return [{ ...declarationOf(declared, path), message: `no expression reads the input ${key}` }]
  })
}

function readsIn({ source }: TemplateExpression): Path[] {
  return inputsIn(source).map(({ path }) => path)
}
