import { DATABASES } from '../databases';
import { World } from '../journeys/world';

const KB = 1024;
const CAP = 256 * KB;
const user = (value: string) => ({ kind: 'user_id', value });

describe.each(DATABASES)('the attributes of one person or group, on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const sizeOf = (attributes: object | undefined) => Buffer.byteLength(JSON.stringify(attributes ?? {}));
	const attributesOf = async (id: string) => (await world.engine.profiles.get(user(id)))?.attributes;
	const fill = async (id: string, name: string, times: number) => {
		for (let n = 0; n < times; n += 1) await world.engine.profiles.upsert([{ identities: [user(id)], attributes: { [`${name}${n}`]: 'y'.repeat(30 * KB) } }], { source: 'test' });
	};

	it('hold at most 256 KB: what goes beyond is left out and told, the rest is taken, and what is there may change and shrink', async () => {
		const told: unknown[] = [];
		for (let n = 0; n < 12; n += 1) told.push((await world.engine.events.ingest([{ type: 'identify', userId: 'u1', traits: { [`k${n}`]: 'ü'.repeat(15_000), last: n } }], { source: 'web' })).left);
		const attributes = await attributesOf('u1');

		expect(sizeOf(attributes)).toBeLessThanOrEqual(CAP);
		expect(sizeOf(attributes)).toBeGreaterThan(CAP - 31 * KB);
		expect(attributes?.last).toBe(11);
		expect(told[0]).toBeUndefined();
		expect(told[11]).toEqual([{ index: 0, kind: 'attribute', reason: 'The attribute "k11" was left out: the attributes of one person hold at most 256 KB together. Unset some first.' }]);

		const upserted = await world.engine.profiles.upsert([{ identities: [user('u1')], attributes: { k1: null, more: 'z'.repeat(30 * KB) }, operations: [{ attribute: 'list', operation: 'append', value: 'z'.repeat(30 * KB) }] }], { source: 'test' });
		expect(upserted).toMatchObject({ rejected: [], left: [{ index: 0, kind: 'attribute', reason: expect.stringContaining('"list"') as string }] });
		expect(Object.keys((await attributesOf('u1')) ?? {})).toEqual(expect.arrayContaining(['k0', 'more']));
	});

	it('hold at most 256 KB after a merge, those of the survivor first, and the rest is told; an unmerge brings all back', async () => {
		await fill('u1', 'own', 5);
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'b@x.example' }], attributes: { aa: 'small' } }], { source: 'test' });
		for (let n = 0; n < 7; n += 1) await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'b@x.example' }], attributes: { [`theirs${n}`]: 'y'.repeat(30 * KB) } }], { source: 'test' });

		const answer = await world.engine.profiles.merge(user('u1'), { kind: 'email', value: 'b@x.example' });
		const merged = await attributesOf('u1');
		const { entries } = await world.engine.privacy.audit({ action: 'profiles.merge' });
		const history = (await world.engine.profiles.get(user('u1')))?.merges;
		await world.engine.profiles.unmerge(user('u1'));

		expect(sizeOf(merged)).toBeLessThanOrEqual(CAP);
		expect(Object.keys(merged ?? {})).toEqual(expect.arrayContaining(['own0', 'own4', 'aa']));
		const leftOut = ['theirs3', 'theirs4', 'theirs5', 'theirs6'];
		expect(answer).toEqual({ profile: 1, merged: 2, leftOut });
		expect(Object.keys(merged ?? {})).not.toEqual(expect.arrayContaining([expect.stringMatching(/theirs[3-6]/)]));
		expect(history).toMatchObject([{ from: 2, leftOut }]);
		expect(entries).toMatchObject([{ profile: 1, detail: { from: 2, leftOut, leftOutCount: 4 } }]);
		expect(await world.engine.profiles.merges(user('u1'))).toMatchObject([{ from: 2, leftOut, undoneAt: expect.any(String) as string }]);
		expect(Object.keys((await attributesOf('u1')) ?? {}).sort()).toEqual(['own0', 'own1', 'own2', 'own3', 'own4']);
		expect(Object.keys((await world.engine.profiles.get({ kind: 'email', value: 'b@x.example' }))?.attributes ?? {})).toHaveLength(8);
	});

	it('hold at most 256 KB of a group, too', async () => {
		let report: object = {};
		for (let n = 0; n < 10; n += 1) report = await world.engine.groups.upsert([{ key: 'acme', attributes: { [`k${n}`]: 'y'.repeat(30 * KB), n } }]);
		const ingested = await world.engine.events.ingest([{ type: 'group', userId: 'u1', groupId: 'acme', traits: { more: 'y'.repeat(30 * KB) } }], { source: 'web' });
		const group = await world.engine.groups.get('acme');

		expect(sizeOf(group?.attributes)).toBeLessThanOrEqual(CAP);
		expect(group?.attributes.n).toBe(9);
		expect(report).toMatchObject({ left: [{ index: 0, kind: 'attribute', reason: 'The attribute "k9" was left out: the attributes of one group hold at most 256 KB together. Unset some first.' }] });
		expect(ingested.left).toMatchObject([{ index: 0, kind: 'attribute' }]);
	});
});
