import type { Tree } from '../../schema/digest.ts'
import { defineTask } from '../../core/task.ts'
import { provenFiles } from '../prove.ts'

/** Proves that a folder's files match a tree, and returns them with their SHA-256; undefined if they don't match. */
export default defineTask(({ root, tree }: { root: string; tree: Tree }) => provenFiles(root, tree))
