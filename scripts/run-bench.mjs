import { cpus, totalmem } from 'node:os';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { scratch } from './setup/places.mjs';

/**
 * Runs one compiled benchmark (under Node 24; scripts/bench.mjs starts this). With --needs-n8n it only answers, by exit
 * code 1, whether the benchmark wants a real n8n. A benchmark exports
 * `default async (options: Record<string, string>) => { bench, unit, ours, baseline, ratio, details, failed? }`; `failed` says what did not hold, and is exit code 1.
 */
const [name, ...flags] = process.argv.slice(2);
const bench = createRequire(import.meta.url)(join(scratch, 'bench', 'bench', `${name}.js`));

if (flags.includes('--needs-n8n')) process.exit(bench.needsN8n ? 1 : 0);

const options = Object.fromEntries(
	flags.filter((flag) => flag !== '--json').map((flag) => {
		const [, key, value = 'true'] = /^-*([^=]*)(?:=(.*))?$/s.exec(flag);
		return [key, value];
	}),
);
const { details = {}, failed, ...result } = await bench.default(options);
const { unit, ours, baseline, ratio } = result;

const rows = [
	['machine', `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`],
	...Object.entries(details).map(([key, value]) => [key, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
	[`ours (${unit})`, round(ours)],
	[`baseline (${unit})`, round(baseline)],
	['ratio (higher is better)', round(ratio)],
];
const width = Math.max(...rows.map(([key]) => key.length));
process.stdout.write(`\n${result.bench ?? name}\n${rows.map(([key, value]) => `  ${key.padEnd(width)}  ${value}`).join('\n')}\n`);
if (flags.includes('--json')) process.stdout.write(JSON.stringify({ bench: result.bench ?? name, unit, ours, baseline, ratio }) + '\n');
if (failed !== undefined) process.stderr.write(`\nFailed: ${failed}\n`);
// A benchmark that left a handle open must not hang the command.
process.exit(failed === undefined ? 0 : 1);

function round(value) {
	return Number(value).toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 3 : 0 });
}
