/**
 * The body of a task: takes and returns plain data, and prints nothing. When a caller aborts, the pool terminates the
 * thread, so a task must write files only under names that are swept away later.
 */
export type TaskBody<Input, Output> = (input: Input) => Output | Promise<Output>

/** Marks the default export of a task file and provides its types to `taskAt`. */
export function defineTask<Input, Output>(body: TaskBody<Input, Output>): TaskBody<Input, Output> {
  return body
}

/** A reference to a task by the path of its file below `src`. Only the pool's workers import the file. */
export interface Task<Input, Output> {
  readonly id: string
  /** for the type checker only; never set */
  readonly types?: (input: Input) => Output
}

/**
 * References a task file: `taskAt<typeof import('./tasks/pack.ts').default>('package/tasks/pack')`.
 * A test checks that every id has a file.
 */
export function taskAt<Body extends TaskBody<never, unknown>>(
  id: string,
): Task<Parameters<Body>[0], Awaited<ReturnType<Body>>> {
  return { id }
}
