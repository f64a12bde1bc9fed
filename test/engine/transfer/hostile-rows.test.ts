import { DATABASES } from '../databases';
import { imported, openEngine } from './fixture';

const line = (one: object): string => `${JSON.stringify(one)}\n`;
const person = (email: string, more: object = {}): string => line({ identities: [{ kind: 'email', value: email }], attributes: {}, ...more });
const event = (email: string, more: object = {}): string => line({ identities: [{ kind: 'email', value: email }], event: 'Bought', timestamp: '2026-01-01T00:00:00Z', properties: {}, ...more });

describe.each(DATABASES)('one row that no database would take, imported on %s,', (kind) => {
	it.each<[string, object]>([
		['a topic of 300 letters', { consents: [{ channel: 'email', topic: 't'.repeat(300), state: 'unsubscribed' }] }],
		['a topic with a NUL character', { consents: [{ channel: 'email', topic: 'a\0b', state: 'unsubscribed' }] }],
		['an address to suppress with a NUL character', { suppressions: [{ channel: 'push', address: 'a\0b', reason: 'manual' }] }],
	])('is refused by itself: %s', async (_what, odd) => {
		const { engine, close } = await openEngine(kind);

		const report = await imported(engine.transfer, person('a@x.org') + person('odd@x.org', odd) + person('b@x.org'));

		expect(report.rejected.map(({ line: at }) => at)).toEqual([2]);
		expect(await engine.profiles.get({ kind: 'email', value: 'b@x.org' })).not.toBeNull();
		await close();
	});

	it('is refused, or stored without what cannot be, by itself: events', async () => {
		const { engine, close } = await openEngine(kind);
		const file = event('a@x.org', { messageId: 'm1' }) + event('a@x.org', { source: 's\0s' }) + event('a@x.org', { source: 's'.repeat(300) }) + event('a@x.org', { messageId: 'm\x002' });

		const report = await imported(engine.transfer, file, { about: 'events' });
		const undone = await engine.transfer.importUndo(report.importId, { source: 'test' });

		expect(report).toMatchObject({ events: 2, rejected: [{ line: 2 }, { line: 3 }] });
		expect(undone).toMatchObject({ eventsRemoved: 2, removed: 1 });
		await close();
	});

	it('is refused by itself: a consent in a column whose name has a NUL character', async () => {
		const { engine, close } = await openEngine(kind);

		const report = await imported(engine.transfer, 'email,news\0\na@x.org,perhaps\nb@x.org,yes\n', { columns: { 'news\0': { consent: 'email' } } });

		expect(report).toMatchObject({ consents: 1, rejected: [{ line: 2, reason: expect.stringContaining('"news"') as string }] });
		await close();
	});

	it.each(['', 's\0', 's'.repeat(300)])('does not begin an import whose source cannot be stored: %j', async (source) => {
		const { engine, close } = await openEngine(kind);

		await expect(engine.transfer.importStart({ source })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('source') as string });
		await close();
	});

	it('two events of one id of which the first cannot be read: the second is the import\'s, and goes with it', async () => {
		const { engine, close } = await openEngine(kind);

		const report = await imported(engine.transfer, event('a@x.org', { messageId: 'm1', timestamp: 'yesterday' }) + event('a@x.org', { messageId: 'm1' }), { about: 'events' });
		const undone = await engine.transfer.importUndo(report.importId, { source: 'test' });

		expect(report).toMatchObject({ events: 1, rejectedCount: 1 });
		expect(undone).toMatchObject({ eventsRemoved: 1, removed: 1 });
		await close();
	});
});
