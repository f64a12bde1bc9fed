import fc from 'fast-check';

import { DATABASES } from '../../databases';
import { Mailbox } from '../../messages/mailbox';
import { deed, Story } from './story';

/** On each database; with other seeds in every run. */
const STORIES = 8;

describe.each(DATABASES)('random stories on %s', (kind) => {
	let mailbox: Mailbox;
	beforeAll(async () => {
		mailbox = await Mailbox.open();
	});
	afterAll(() => mailbox.close());

	// A test for each: what one of them takes on a busy machine is what its time is for, however many there are.
	it.each(Array.from({ length: STORIES }, (_, n) => n + 1))('number %s: everybody walks once, is sent nothing after a no, an exit, a pause or as held out, and ends', async () => {
		await fc.assert(fc.asyncProperty(fc.array(deed, { minLength: 30, maxLength: 120, size: 'max' }), async (deeds) => {
			const story = await Story.open(kind, mailbox);
			try {
				for (const one of deeds) await story.tell(one);
				await story.end();
			} finally {
				await story.close();
			}
		}), { numRuns: 1, endOnFailure: true });
	}, 240_000);
});
