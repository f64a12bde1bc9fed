import { existsSync, readFileSync } from 'node:fs';

import { createEngine } from '../../../engine/engine';
import { ManualClock } from '../../../engine/kernel';
import { emptyDatabase, TEST_START_MS } from '../databases';

const email = (value: string) => ({ kind: 'email', value });

describe('the file of SQLite after an erasure', () => {
	it.each(['at once', 'after the engine is closed'])('holds not a byte of what it held on the person, %s', async (when) => {
		const { database, drop } = await emptyDatabase('sqlite');
		const { file } = database as { file: string };
		const engine = await createEngine({ database, clock: new ManualClock(TEST_START_MS) });
		const people = Array.from({ length: 200 }, (_, n) => ({ identities: [email(`zq${n}.@x.example`)], attributes: { name: `zqname ${n}.`, note: `zqnote ${n}.`.repeat(n === 77 ? 1000 : 1) } }));
		await engine.profiles.upsert(people, { source: 'test' });
		await engine.events.ingest(people.map((_, n) => ({ type: 'track' as const, event: 'Bought', identities: [email(`zq${n}.@x.example`)], properties: { said: `zqsaid ${n}.` } })), { source: 'test' });
		// Rows that move and grow before they go, and one that a merge deleted long before.
		await engine.profiles.upsert(people.map(({ identities }, n) => ({ identities, attributes: { name: `zqnew ${n}.`, more: 'm'.repeat(n * 7) } })), { source: 'test' });
		await engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'u77' }], attributes: { nick: 'zqnick 77.' } }], { source: 'test' });
		await engine.profiles.merge({ kind: 'user_id', value: 'u77' }, email('zq77.@x.example'));

		const { erased } = await engine.privacy.erasePerson(email('zq77.@x.example'), { source: 'test' });
		if (when !== 'at once') await engine.close();
		const bytes = [file, `${file}-wal`].filter((one) => existsSync(one)).map((one) => readFileSync(one).toString('latin1')).join('');
		if (when === 'at once') await engine.close();
		await drop();

		expect(erased).toBe(true);
		expect(bytes).toContain('zqnew 76.');
		expect(bytes.match(/zq[a-z]* ?77\./g)).toBeNull();
	});
});
