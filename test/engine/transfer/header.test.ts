import type { ImportOptions } from '../../../engine/transfer';
import { openWorld, imported, type World } from './fixture';

describe('the first line of a CSV file', () => {
	let world: World;
	beforeEach(async () => (world = await openWorld('sqlite')));
	afterEach(() => world.close());
	const refusal = async (file: string, options: Partial<ImportOptions> = {}): Promise<string> => {
		const error: unknown = await imported(world.transfer, file, options).then(() => 'taken', (thrown: unknown) => thrown);
		expect(error).toMatchObject({ code: 'BAD_INPUT' });
		return (error as Error).message;
	};
	const attributes = async (email: string) => (await world.profiles.get({ kind: 'email', value: email }))?.attributes;

	it.each<[string, string, string]>([
		['a note of as many cells', 'foo,bar\nemail,name\na@x.org,Ann\n', 'Its columns: foo, bar.'],
		['a title of as many cells', 'Customers,"March, 2026"\nemail,name\na@x.org,Ann\n', 'Its columns: Customers, March, 2026.'],
		['a title alone', 'Customers\nemail,name\na@x.org,Ann\n', 'Its columns: Customers.'],
	])('that is %s refuses the file: the error names the columns found, those needed, and how to map one', async (_what, file, found) => {
		const message = await refusal(file);

		expect(message).toContain('No column of the CSV file says who the rows are about.');
		expect(message).toContain(found);
		expect(message).toContain('Needed: one named email, phone, user_id, anonymous_id or device.');
		expect(message).toContain('under Columns (Use As: Identity)');
		expect(message).toContain('take out a title or note above it');
		expect(await world.profiles.count()).toBe(0);
	});

	it('names all that an import of events needs and does not find, before any row is taken', async () => {
		const none = await refusal('foo,bar\na,b\n', { about: 'events' });
		const noTime = await refusal('email,event\na@x.org,Bought\n', { about: 'events' });
		const noName = await refusal('email,timestamp\na@x.org,2026-01-01T00:00:00Z\n', { about: 'events' });
		const named = await imported(world.transfer, 'email,when\na@x.org,2026-01-01T00:00:00Z\n', { about: 'events', event: 'Bought', columns: { when: { event: 'timestamp' } } });

		expect(none).toContain('says who the rows are about, and none what happened, and none when it happened.');
		expect(none).toContain('Use As: Identity; Event Name; Time');
		expect(noTime).toContain('No column of the CSV file says when it happened. Its columns: email, event. Needed: one named timestamp.');
		expect(noName).toContain('says what happened. Its columns: email, timestamp. Needed: one named event (or the option Event Name');
		expect(named).toMatchObject({ events: 1, rejectedCount: 0 });
	});

	it('that holds values in place of names is not repeated in the error', async () => {
		const messages = [
			await refusal('ann@x.org,Ann\nbea@x.org,Bea\n'), await refusal('+49 170 1234567;Ann\n'), await refusal('email@x.org,email@x.org\n'),
			await refusal('ann@x.org,Ann\n', { columns: { Mail: { identity: 'email' } } }), await refusal('ann@x.org,Ann\n', { preset: 'mailchimp' }),
		];

		for (const message of messages) {
			expect(message).toContain('in place of names');
			expect(message).not.toMatch(/ann|x\.org|1234567/i);
		}
	});

	it('lacks columns that the caller names: the error lists all of them, and those that are there', async () => {
		const message = await refusal('email,name\na@x.org,Ann\n', { columns: { Mail: { identity: 'email' }, Firma: { attribute: 'company' } } });

		expect(message).toContain('no column "Mail", "Firma", which Columns names. Its columns: email, name.');
	});

	it('names columns with blanks around them, as the caller may', async () => {
		await imported(world.transfer, ' Mail ,name\na@x.org,Ann\n', { columns: { 'Mail ': { identity: 'email' } } });

		expect(await attributes('a@x.org')).toEqual({ name: 'Ann' });
	});

	it.each([';', '|', '\t'])('may say what separates the cells, as for Excel: sep=%s', async (separator) => {
		const report = await imported(world.transfer, `sep=${separator}\r\nemail${separator}a,b\r\na@x.org${separator}Ann\r\nbad${separator}x\r\n`, {}, 3);

		expect(report).toMatchObject({ created: 1, rejected: [{ line: 4 }] });
		expect(await attributes('a@x.org')).toEqual({ email: 'a@x.org', 'a,b': 'Ann' });
	});

	it('may have a stray quote: what separates the cells is found out by that line alone', async () => {
		await imported(world.transfer, `email;size 5",;name\n${'a@x.org;1;Ann, Bea, Cat, Dan\n'.repeat(3)}`);

		expect(await attributes('a@x.org')).toEqual({ email: 'a@x.org', 'size 5",': 1, name: 'Ann, Bea, Cat, Dan' });
	});

	it.each<[string, string, Partial<ImportOptions>]>([
		['by e-mail', 'email,note\na@x.org,"see:\nfoo,bar\nmore"\nb@x.org,"Ann\nfoo,bar"\n', {}],
		['by phone', 'phone,note\n+49 30 1234567,"see:\nfoo,bar\nmore"\n+49 30 7654321,"Ann\nfoo,bar"\n', {}],
		['in a file of our own', "journeys_id,note\n1,\"see:\nfoo,bar\nmore\"\n2,\"Ann\nfoo,bar\"\n", {}],
	])('of two columns does not make rows of the lines of a quoted note: people known %s', async (_how, file, options) => {
		const report = await imported(world.transfer, file, options);

		expect(report.rows).toBe(2);
		expect(report.rejected.filter(({ reason }) => /quote|columns/.test(reason))).toEqual([]);
	});
});

describe('columns that are left out', () => {
	let world: World;
	beforeEach(async () => (world = await openWorld('sqlite')));
	afterEach(() => world.close());

	it('of a file that the engine has exported stay out, as CSV and as NDJSON; more cannot be said of its columns', async () => {
		const csv = 'journeys_id,id:email,plan,consent:email\n1,a@x.org,gold,unsubscribed\n';

		await imported(world.transfer, csv, { columns: { plan: 'skip', 'consent:email': 'skip' } });
		await imported(world.transfer, '{"id":2,"identities":[{"kind":"email","value":"b@x.org"}],"attributes":{"plan":"gold"},"consents":[{"channel":"email","topic":"","state":"unsubscribed"}]}\n', { columns: { consents: 'skip' } });

		expect(await world.profiles.get({ kind: 'email', value: 'a@x.org' })).toMatchObject({ attributes: {}, consents: [] });
		expect(await world.profiles.get({ kind: 'email', value: 'b@x.org' })).toMatchObject({ attributes: { plan: 'gold' }, consents: [] });
		await expect(imported(world.transfer, csv, { columns: { plan: { attribute: 'tariff' } } })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('can only be left out') as string });
		await expect(imported(world.transfer, csv, { columns: { plans: 'skip' } })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('no column "plans"') as string });
	});

	it('cannot be named for a preset that knows what each is for', async () => {
		await expect(world.transfer.importStart({ source: '', preset: 'shopify-orders', columns: { Notes: 'skip' } })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('knows what each column is for') as string });
	});

	it('an NDJSON line of whose keys the caller says what they are for is read by them', async () => {
		await imported(world.transfer, '{"Kunde":"K1","attributes":{"plan":"gold"}}\n', { columns: { Kunde: { identity: 'crm' } } });

		expect((await world.profiles.get({ kind: 'crm', value: 'K1' }))?.attributes).toEqual({ attributes: { plan: 'gold' } });
	});
});
