import { build } from './setup/build.mjs';
import { jest } from './setup/checks.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { main } from './setup/progress.mjs';

/**
 * `npm run fuzz`: all set-up, then 100,000 malformed requests to the collector, half of them on each database (about 10 minutes).
 * JOURNEYS_FUZZ: another number. JOURNEYS_FUZZ_SEED: another run. Arguments go to jest.
 */
await main(async () => {
	await installDependencies();
	await build();
	process.env.JOURNEYS_FUZZ ??= '100000';
	return await jest('jest.config.js', ['test/engine/collector/fuzz.test.ts', ...process.argv.slice(2)]);
});
