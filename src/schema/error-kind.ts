/** The exit statuses. Scripts and CI pipelines rely on these numbers, so they never change their meaning. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  changesNeeded: 3,
  auth: 4,
  verification: 5,
  policy: 6,
  noSolution: 7,
  network: 8,
  lockTimeout: 9,
  colony: 10,
  interrupted: 130,
} as const
export type ExitName = keyof typeof EXIT

export interface ErrorKind {
  readonly exit: ExitName
  /** HTTP status of the same error */
  readonly http: number
  /** one line for docs/errors.md and `cpm help CODE` */
  readonly about: string
  /** what usually helps, for `cpm help CODE` */
  readonly help: string
}
