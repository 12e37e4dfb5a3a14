import { taskAt } from '../core/task.ts'

/** The tasks that read and write package contents. Importing this file loads none of them. */
export const listFiles = taskAt<typeof import('./tasks/list-files.ts').default>('package/tasks/list-files')
export const pack = taskAt<typeof import('./tasks/pack.ts').default>('package/tasks/pack')
export const digest = taskAt<typeof import('./tasks/digest.ts').default>('package/tasks/digest')
export const findSecrets = taskAt<typeof import('./tasks/find-secrets.ts').default>('package/tasks/find-secrets')
export const inspect = taskAt<typeof import('./tasks/inspect.ts').default>('package/tasks/inspect')
export const unpack = taskAt<typeof import('./tasks/unpack.ts').default>('package/tasks/unpack')
export const proveTree = taskAt<typeof import('./tasks/prove-tree.ts').default>('package/tasks/prove-tree')
export const fingerprints = taskAt<typeof import('./tasks/fingerprints.ts').default>('package/tasks/fingerprints')
export const provenFiles = taskAt<typeof import('./tasks/proven-files.ts').default>('package/tasks/proven-files')
export const holdManifests = taskAt<typeof import('./tasks/hold-manifests.ts').default>('package/tasks/hold-manifests')
export const sign = taskAt<typeof import('./tasks/sign.ts').default>('package/tasks/sign')
export const verifyProofs = taskAt<typeof import('./tasks/verify-proofs.ts').default>('package/tasks/verify-proofs')
