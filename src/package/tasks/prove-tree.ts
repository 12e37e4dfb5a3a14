import type { Tree } from '../../schema/digest.ts'
import { readIfThere } from '../../core/atomic-file.ts'
import { defineTask } from '../../core/task.ts'
import { type Proof, proveTree } from '../prove.ts'

export interface ProveInput {
  root: string
  tree: Tree
  /** the table kept beside the tree, a hint for naming files */
  tableFile: string
}

/** Proves a folder's files against a tree. */
export default defineTask(({ root, tree, tableFile }: ProveInput): Proof =>
  proveTree(root, tree, readIfThere(tableFile)?.toString('utf8')),
)
