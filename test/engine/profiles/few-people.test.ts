import { sql } from 'kysely';

import { reachedAt } from '../../../engine/consent/reached-at';
import { claimDevices, devicesOf } from '../../../engine/devices';
import { ownAddresses } from '../../../engine/messages/addressed';
import type { Query, Tx } from '../../../engine/store';
import { testStore } from '../databases';
import { token } from '../messages/push-service';

/**
 * What is asked of a chunk's people must cost what they are, not what all identities are: by the kind alone each read every email address there is, for every chunk of every mailing.
 * PostgreSQL chooses by size, so an empty database shows nothing there.
 */
describe('the identities of a few people on sqlite', () => {
	it.each<[string, (tx: Tx) => Promise<unknown>]>([
		['their addresses', (tx) => ownAddresses(tx, [1, 2])],
		['where a channel reaches them', (tx) => reachedAt(tx, [1, 2], 'email', {})],
		['their devices', (tx) => devicesOf(tx, 'push', [1, 2])],
		['the devices of theirs that are too many', (tx) => claimDevices(tx, [{ profile: 1, token: token('ann') }])],
	])('are found by the people: %s', async (_what, ask) => {
		const { store, close } = await testStore('sqlite');
		const plans: string[] = [];

		await store.tx('t', async (tx) => {
			await tx.run(sql`insert into profile (id, created_at, updated_at, attributes) values (1, 0, 0, '{}')`);
			const explained = async (query: Query) => void plans.push(...(await tx.all<{ detail: string }>(sql<{ detail: string }>`explain query plan ${query}`)).map(({ detail }) => detail));
			await ask({
				...tx,
				all: async (query) => (await explained(query), await tx.all(query)),
				first: async (query) => (await explained(query), await tx.first(query)),
				run: async (query) => (await explained(query), await tx.run(query)),
			});
		});

		expect(plans).toContainEqual(expect.stringMatching(/identity USING (COVERING )?INDEX identity_profile \(profile=\?/));
		expect(plans).not.toContainEqual(expect.stringMatching(/(SCAN identity|\(kind=\?\))/));
		await close();
	});
});
