import type { EnvironmentVariables } from '../../core/environment-variables.ts'

/**
 * The streams, working folder and environment of a command. Commands use nothing else of the process, so several can
 * run in one process, each with its own terminal (test/rig).
 */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** reading it throws a CpmError if the folder no longer exists */
  readonly cwd: string
  readonly env: EnvironmentVariables
}
