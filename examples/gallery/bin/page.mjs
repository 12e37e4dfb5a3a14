#!/usr/bin/env node
// Puts the outputs of the other packages' workflows on one page. They arrive concatenated.
import { readFileSync, writeFileSync } from 'node:fs'

const {
  kwargs: { title },
  in: items,
} = JSON.parse(readFileSync(0, 'utf8'))

const line = (item) => ('file' in item ? `picture of ${item.edge} pixels` : `point ${item.x}, ${item.y}`)
const page = [title, ...items.map(line)].join('\n')
console.log(page)
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify([page]))
