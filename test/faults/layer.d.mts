export type Fault = 'kill' | 'ENOSPC' | 'EDQUOT' | 'EIO' | 'EROFS' | 'EMFILE' | 'EXDEV' | 'short'

export type Kind = 'open' | 'create' | 'make' | 'link' | 'copy' | 'write' | 'half' | 'move' | 'free' | 'mark' | 'sync'

/** A call that changes the file system, or a part of one. */
export interface Step {
  readonly call: string
  readonly kind: Kind
  /** the absolute path of what changes, or a file descriptor */
  readonly file: string | number
  /** the number of the thread, where several write one log */
  readonly thread?: number
}

export interface Plan {
  strikes(step: Step): boolean
  strike(step: Step): void
}

export function isAffected(fault: Fault, kind: Kind): boolean
export function faultAt(
  fault: Fault,
  k: number,
  options?: { stays?: boolean; kill?: () => void },
): Plan & { readonly struck: boolean }
export function overlay(plan: Plan): () => void
