/**
 * The body of a task: plain data in, plain data out; it prints nothing. When a caller aborts, the pool ends the
 * thread, so a task that leaves something on disk leaves it under a name that is swept away later.
 */
export type TaskBody<Input, Output> = (input: Input) => Output | Promise<Output>

/** Marks the default export of a task file, and gives its types to `taskAt`. */
export function defineTask<Input, Output>(body: TaskBody<Input, Output>): TaskBody<Input, Output> {
  return body
}

/** A task by the place of its file below `src`, without importing it: the pool's workers do that. */
export interface Task<Input, Output> {
  readonly id: string
  /** only for the type checker: carries the types, is never there */
  readonly types?: (input: Input) => Output
}

/**
 * Names a task file: `taskAt<typeof import('./tasks/pack.ts').default>('package/tasks/pack')`.
 * A test holds that every id leads to a file.
 */
export function taskAt<Body extends TaskBody<never, unknown>>(
  id: string,
): Task<Parameters<Body>[0], Awaited<ReturnType<Body>>> {
  return { id }
}
