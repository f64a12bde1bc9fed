import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './setup/build.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { installInbox, installN8n } from './setup/n8n.mjs';
import { node24, node24Environment, root } from './setup/places.mjs';
import { main, SetupError, step } from './setup/progress.mjs';
import { quietly, show, withNode24 } from './setup/run.mjs';

/**
 * `npm run bench -- NAME [--json] [--option=value …]`: sets up, compiles bench/ and runs bench/NAME.ts under Node 24.
 * A benchmark that starts a real n8n exports `needsN8n = true`; then n8n and the inbox are set up too.
 */
await main(async () => {
	const args = process.argv.slice(2);
	const name = args.find((arg) => !arg.startsWith('-'));
	const known = readdirSync(join(root, 'bench')).filter((file) => /^[\w-]+\.ts$/.test(file)).map((file) => file.slice(0, -3));
	if (!name || !existsSync(join(root, 'bench', `${name}.ts`))) {
		throw new SetupError(`Usage: npm run bench -- NAME [--json] [--option=value]. NAME is one of: ${known.join(', ')}.`);
	}
	await installDependencies();
	await build();
	await step('Compile the benchmarks', () => quietly('tsc-bench', ...withNode24('typescript/bin/tsc', '-p', 'tsconfig.bench.json'), { env: node24Environment() }));
	const runner = ['--no-node-snapshot', '--expose-gc', '--disable-warning=ExperimentalWarning', 'scripts/run-bench.mjs', name];
	if ((await show(node24, [...runner, '--needs-n8n'])) !== 0) {
		await installN8n();
		await installInbox();
	}
	return await show(node24, [...runner, ...args.filter((arg) => arg !== name)]);
});
