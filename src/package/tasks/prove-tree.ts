import type { Tree } from '../../schema/digest.ts'
import { readIfThere } from '../../core/atomic-file.ts'
import { defineTask } from '../../core/task.ts'
import { type Fingerprint, type Fingerprinted, fingerprintOf, isSettled } from '../fingerprint.ts'
import { type Proof, proveTree } from '../prove.ts'

export interface ProveInput {
  root: string
  tree: Tree
  /** the file table stored next to the tree, used only to name files */
  tableFile: string
}

/** Proves that a folder's files match a tree. Returns their fingerprint too, if nothing changed them meanwhile. */
export default defineTask(
  ({ root, tree, tableFile }: ProveInput): { proof: Proof; fingerprint: Fingerprint | undefined } => {
    const began = Date.now()
    const before = look(root)
    const proof = proveTree(root, tree, readIfThere(tableFile)?.toString('utf8'))
    const isSame = before && isSettled(before, began) && look(root)?.fingerprint === before.fingerprint
    return { proof, fingerprint: proof.proven && isSame ? before.fingerprint : undefined }
  },
)

function look(root: string): Fingerprinted | undefined {
  try {
    return fingerprintOf(root)
  } catch {
    return undefined
  }
}
