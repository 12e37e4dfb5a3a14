const AT_ONCE = 8

/** Maps items in batches, so that a thousand items don't cause a thousand simultaneous requests. */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let from = 0; from < items.length; from += AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(map))))
  return results
}
