import type { EnvironmentVariables } from '../../core/environment-variables.ts'

/**
 * Where cpm was started: its streams, working folder and environment. Nothing else of the process is used by commands, so several can run
 * in one process, each with a terminal of its own (test/rig).
 */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly cwd: string
  readonly env: EnvironmentVariables
}
