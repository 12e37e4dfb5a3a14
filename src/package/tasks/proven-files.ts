import type { Tree } from '../../schema/digest.ts'
import { defineTask } from '../../core/task.ts'
import { provenFiles } from '../prove.ts'

/** Proves a folder's files against a tree, and tells them with their SHA-256; undefined when they are others. */
export default defineTask(({ root, tree }: { root: string; tree: Tree }) => provenFiles(root, tree))
