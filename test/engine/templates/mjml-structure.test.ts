import { createRequire } from 'node:module';

import { VERBATIM_TAGS } from '../../../engine/templates/mjml-structure';

describe('The tags whose inside MJML takes as it is', () => {
	it('are those of the mjml that is installed', async () => {
		await import('mjml');
		const mjmlRequire = createRequire(require.resolve('mjml'));
		const { components } = mjmlRequire('mjml-core') as { components: Record<string, { endingTag?: boolean }> };

		const ending = Object.entries(components).filter(([, component]) => component.endingTag).map(([name]) => name);

		expect([...VERBATIM_TAGS].sort()).toEqual(ending.sort());
	});
});
