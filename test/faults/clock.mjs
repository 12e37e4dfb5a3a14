/** Loaded by NODE_OPTIONS=--import: CPM_CLOCK_SHIFT milliseconds are added to the clock, as if it had jumped. */
const shift = Number(process.env.CPM_CLOCK_SHIFT ?? 0)
const now = Date.now.bind(Date)
globalThis.Date = class extends Date {
  constructor(...args) {
    if (args.length === 0) super(now() + shift)
    else super(...args)
  }

  static now() {
    return now() + shift
  }
}
