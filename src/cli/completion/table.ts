/** What completion and suggestions know about a command without loading it. */
export interface CommandFacts {
  readonly positionals: readonly PositionalFacts[]
  readonly flags: readonly FlagFacts[]
}

export interface PositionalFacts {
  readonly key: string
  /** the placeholder in help */
  readonly value: string
  readonly choices?: readonly string[]
  readonly isMany: boolean
}

export interface FlagFacts {
  readonly name: string
  readonly short?: string
  /** the placeholder of its value; absent for a flag without one */
  readonly value?: string
  readonly choices?: readonly string[]
  /** whether it may be used several times */
  readonly isMany?: boolean
  readonly about: string
}
