import { join } from 'node:path';
import { installDependencies } from './setup/dependencies.mjs';
import { node24, root } from './setup/places.mjs';
import { main } from './setup/progress.mjs';
import { show } from './setup/run.mjs';

/** `npm run break-rules -- [--rule 7]`: breaks each rule of the parking protocol in turn and expects its tests to fail (test/engine/protocol). */
await main(async () => {
	await installDependencies();
	return await show(node24, ['--disable-warning=ExperimentalWarning', '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', join(root, 'test', 'engine', 'protocol', 'break-rules.mjs'), ...process.argv.slice(2)]);
});
