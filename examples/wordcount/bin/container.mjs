#!/usr/bin/env node
// Stands in for the container executor on this machine: runs the command of a node with the local package.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const { cmd, args } = JSON.parse(readFileSync(0, 'utf8')).kwargs
const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const words = args.map((arg) => arg.replace('/cfs/cpm/{processid}/wordcount', here))
const said = execFileSync(cmd, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim()
console.log(said)
writeFileSync(process.env.CPM_OUTPUT, JSON.stringify([said]))
