/** Work that several ask for at once is done once: whoever comes while it is under way gets the same answer. */
export class OnceAtATime {
  readonly #underWay = new Map<string, Promise<unknown>>()

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#underWay.get(key)
    // One key stands for one kind of work, so what is under way gives the same type.
    if (before) return before as Promise<T>
    const started = work().finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, started)
    return started
  }
}
