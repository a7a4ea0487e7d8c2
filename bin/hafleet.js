#!/usr/bin/env node
import { main } from '../dist/hafleet.js';

process.exitCode = await main(process.argv.slice(2));
