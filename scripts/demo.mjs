import { join } from 'node:path';
import { build } from './setup/build.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { installInbox, installN8n } from './setup/n8n.mjs';
import { node24, root } from './setup/places.mjs';
import { main } from './setup/progress.mjs';
import { show } from './setup/run.mjs';

/** All set-up with the machine's own Node, then the demo under Node 24 (it uses the project's packages). */
await main(async () => {
	await installDependencies();
	await build();
	await installN8n();
	await installInbox();
	return await show(node24, ['--disable-warning=ExperimentalWarning', join(root, 'demo', 'run.mjs'), ...process.argv.slice(2)]);
});
