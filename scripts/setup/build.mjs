import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from './fingerprint.mjs';
import { node24Environment, root } from './places.mjs';
import { step } from './progress.mjs';
import { quietly, withNode24 } from './run.mjs';

const stamp = join(root, 'dist', '.built');
const MADE_FROM = ['engine', 'nodes', 'credentials', 'icons', 'tsconfig.json', 'gulpfile.js', 'package-lock.json'];

/** Compiles engine/, nodes/ and credentials/ into dist/ and copies icons and codex files there. */
export async function build() {
	const print = fingerprint(MADE_FROM);
	await step(
		'Build (tsc, icons)',
		async () => {
			rmSync(stamp, { force: true });
			sweep(join(root, 'dist'), root);
			await quietly('gulp', ...withNode24('gulp/bin/gulp.js', 'assets'), { env: node24Environment() });
			await quietly('tsc', ...withNode24('typescript/bin/tsc', '-p', 'tsconfig.json', '--pretty', 'false'), { env: node24Environment() });
			writeFileSync(stamp, print);
		},
		{ done: () => existsSync(stamp) && readFileSync(stamp, 'utf8') === print, why: 'dist/ was made from these sources' },
	);
}

const SOURCES = ['engine', 'nodes', 'credentials'];

/** A deleted or renamed source must not live on in dist/, and so in the package. tsc removes nothing. */
function sweep(dist, sources) {
	for (const folder of SOURCES) sweepFolder(join(dist, folder), join(sources, folder));
}

function sweepFolder(built, source) {
	if (!existsSync(built)) return;
	for (const entry of readdirSync(built, { withFileTypes: true })) {
		const made = join(built, entry.name);
		const origin = join(source, entry.name);
		if (entry.isDirectory()) {
			if (existsSync(origin)) sweepFolder(made, origin);
			else rmSync(made, { recursive: true });
		} else if (![origin, origin.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts')].some((file) => existsSync(file))) {
			rmSync(made);
		}
	}
}
