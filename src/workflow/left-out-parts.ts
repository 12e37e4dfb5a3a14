import path from 'node:path'
import { isThere } from '../core/atomic-file.ts'
import type { Problem } from '../core/yaml.ts'
import { isPartial, mainOf, readDocuments, type WorkflowFile } from './templates/workflow-file.ts'
import { VALUES_FILE } from './values/values-file.ts'

/**
 * Parts of a package's workflows that are in its folder and would not be packed. Without them the package does something else
 * for others than for its author, or nothing.
 * @param leftOutBy the rule that leaves a file out
 */
export function leftOutParts(root: string, leftOutBy: (file: string) => string | undefined): Problem[] {
  const documents = readDocuments(root)
  const packed = documents.filter(({ file }) => leftOutBy(file) === undefined)
  const lost = (file: string, why: string): Problem[] => {
    const by = leftOutBy(file)
    return by === undefined ? [] : [{ file, line: 1, column: 1, message: `left out of the package by ${by}, ${why}` }]
  }
  const workflows = documents.filter(({ name }) => !isPartial(name))
  const main = mainOf(workflows.map(({ name }) => name))
  const isRunnable = packed.some(({ name }) => !isPartial(name))
  return [
    ...workflows.flatMap(({ name, file }) => {
      if (name === main) return lost(file, 'so nobody else can run it')
      return isRunnable ? [] : lost(file, 'and no other workflow is in it')
    }),
    ...documents.flatMap(({ name, file }) => {
      const user = packed.find((document) => includes(document, name))
      return isPartial(name) && user ? lost(file, `and ${user.file} includes it`) : []
    }),
    ...(isThere(path.join(root, VALUES_FILE)) ? lost(VALUES_FILE, 'so its values count for nobody else') : []),
  ]
}

function includes({ text }: WorkflowFile, partial: string): boolean {
  return text.includes('$include') && text.includes(partial)
}
