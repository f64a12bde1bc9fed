import { join } from 'node:path';
import { build } from './setup/build.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { installInbox, installN8n } from './setup/n8n.mjs';
import { node24, root } from './setup/places.mjs';
import { main } from './setup/progress.mjs';
import { show } from './setup/run.mjs';

/**
 * `npm run chaos -- [--kills 50] [--seed 1] [--contacts 1000] [--stop]`: all set-up, then a journey in a real n8n that is killed at random
 * moments (test/chaos). Exit code 1 when anything is not as it is without kills.
 */
await main(async () => {
	await installDependencies();
	await build();
	await installN8n();
	await installInbox();
	return await show(node24, ['--disable-warning=ExperimentalWarning', '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', join(root, 'test', 'chaos', 'run.mjs'), ...process.argv.slice(2)]);
});
