import type { ErrorDocument } from '../schema/error-document.ts'
import { CpmError } from './errors.ts'
import type { TaskBody } from './task.ts'

/** A worker's reply. A CpmError can't be sent between threads, so its document is sent instead. */
export type TaskReply = { ok: true; output: unknown } | { ok: false; error: ErrorDocument }

export interface TaskRequest {
  readonly url: string
  readonly input: unknown
}

const bodies = new Map<string, Promise<TaskBody<unknown, unknown>>>()

/** Imports a task's file on first use. */
function bodyOf(url: string): Promise<TaskBody<unknown, unknown>> {
  let body = bodies.get(url)
  if (!body) {
    body = import(url).then((module: { default: TaskBody<unknown, unknown> }) => module.default)
    bodies.set(url, body)
  }
  return body
}

/** Runs a task in a worker thread. */
export default async function runTask({ url, input }: TaskRequest): Promise<TaskReply> {
  const body = bodyOf(url)
  try {
    return { ok: true, output: await (await body)(input) }
  } catch (error) {
    if (error instanceof CpmError) return { ok: false, error: error.toJSON() }
    throw error
  }
}

/** Resolves as soon as the thread can run a task, or any task if there is no URL. */
export async function ready(url: string | undefined): Promise<void> {
  if (url !== undefined) await bodyOf(url)
}
