import type { EnvironmentVariables } from '../../core/environment-variables.ts'

export interface Candidate {
  readonly value: string
  readonly about?: string | undefined
}

export interface Place {
  readonly cwd: string
  readonly env: EnvironmentVariables
}

/** What is typed before the cursor. */
export interface Typed {
  readonly command: string
  readonly positionals: readonly string[]
  /** the text that a candidate must begin with */
  readonly text: string
}
