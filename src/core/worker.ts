import { type ErrorDocument } from '../schema/errors.ts'
import { CpmError } from './errors.ts'
import type { TaskBody } from './task.ts'

/** What a worker sends back: a CpmError doesn't survive the way between threads, its document does. */
export type TaskReply = { ok: true; output: unknown } | { ok: false; error: ErrorDocument }

export interface TaskRequest {
  readonly url: string
  readonly input: unknown
}

const bodies = new Map<string, Promise<TaskBody<unknown, unknown>>>()

/** Runs in a worker thread: imports the task it is told to run, once, and runs it. */
export default async function runTask({ url, input }: TaskRequest): Promise<TaskReply> {
  let body = bodies.get(url)
  if (!body) {
    body = import(url).then((module: { default: TaskBody<unknown, unknown> }) => module.default)
    bodies.set(url, body)
  }
  try {
    return { ok: true, output: await (await body)(input) }
  } catch (error) {
    if (error instanceof CpmError) return { ok: false, error: error.toJSON() }
    throw error
  }
}

/** Answers as soon as the thread can work. */
export function ready(): void {
  // The answer is all there is to say.
}
