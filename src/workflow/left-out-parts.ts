import path from 'node:path'
import { isThere } from '../core/atomic-file.ts'
import type { Problem } from '../core/yaml.ts'
import { isPartial, mainOf, readDocuments, type WorkflowFile } from './templates/workflow-file.ts'
import { VALUES_FILE } from './values/values-file.ts'

/**
 * Returns the parts of a package's workflows that are in its folder but would not be packed. Without them, the package
 * does something different for its users than for its author, or nothing at all.
 * @param leftOutBy returns the rule that excludes a file
 */
export function leftOutParts(root: string, leftOutBy: (file: string) => string | undefined): Problem[] {
  const documents = readDocuments(root)
  const packed = documents.filter(({ file }) => leftOutBy(file) === undefined)
  const lost = (file: string, why: string): Problem[] => {
    const by = leftOutBy(file)
    return by === undefined ? [] : [{ file, line: 1, column: 1, message: `excluded from the package by ${by}, ${why}` }]
  }
  const workflows = documents.filter(({ name }) => !isPartial(name))
  const main = mainOf(workflows.map(({ name }) => name))
  const isRunnable = packed.some(({ name }) => !isPartial(name))
  return [
    ...workflows.flatMap(({ name, file }) => {
      if (name === main) return lost(file, 'so nobody else can run it')
      return isRunnable ? [] : lost(file, 'and the package contains no other workflow')
    }),
    ...documents.flatMap(({ name, file }) => {
      const user = packed.find((document) => includes(document, name))
      return isPartial(name) && user ? lost(file, `but ${user.file} includes it`) : []
    }),
    ...(isThere(path.join(root, VALUES_FILE)) ? lost(VALUES_FILE, 'so nobody else gets its values') : []),
  ]
}

function includes({ text }: WorkflowFile, partial: string): boolean {
  return text.includes('$include') && text.includes(partial)
}
