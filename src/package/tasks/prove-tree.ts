import type { Tree } from '../../schema/digest.ts'
import { readIfThere } from '../../core/atomic-file.ts'
import { defineTask } from '../../core/task.ts'
import { type Proof, proveTree } from '../prove.ts'

export interface ProveInput {
  root: string
  tree: Tree
  /** the file table stored next to the tree, used only to name files */
  tableFile: string
}

/** Proves that a folder's files match a tree. */
export default defineTask(({ root, tree, tableFile }: ProveInput): Proof =>
  proveTree(root, tree, readIfThere(tableFile)?.toString('utf8')),
)
