import { randomBytes } from 'node:crypto';

import { sql } from 'kysely';

import { createSuppression, suppressedOf, suppressErasedIn, suppressIn } from '../../../engine/consent';
import { systemRandom } from '../../../engine/kernel';
import { auditIn } from '../../../engine/privacy';
import type { Store } from '../../../engine/store';
import { DATABASES, testStore } from '../databases';

describe.each(DATABASES)('the suppression list on %s', (kind) => {
	let store: Store;
	let close: () => Promise<void>;
	let suppression: ReturnType<typeof createSuppression>;
	beforeEach(async () => {
		({ store, close } = await testStore(kind));
		suppression = createSuppression({ store, random: systemRandom, audit: auditIn });
	});
	afterEach(() => close());
	const email = (address: string) => ({ channel: 'email', address });
	const text = async (csv: string, options: Partial<Parameters<typeof suppression.importStart>[0]> = {}, piece = 7) => {
		const { importId } = await suppression.importStart({ source: 'import', ...options });
		const bytes = new Uint8Array(Buffer.from(csv));
		for (let from = 0; from < bytes.length; from += piece) await suppression.importChunk(importId, bytes.slice(from, from + piece));
		return await suppression.importEnd(importId);
	};

	it('adds each address once, normalised, and each channel has its own', async () => {
		const report = await suppression.add([email(' Anna@Example.com '), email('anna@example.com'), { channel: 'sms', address: '+49 170 1234567' }, email('no address')]);

		expect(report).toMatchObject({ added: 2, known: 1, rejected: [{ index: 3 }] });
		expect(await suppression.check([email('\u200bAn\u00adna@example.com')])).toEqual(['manual']);
		expect(await suppression.check([email('ANNA@example.com'), { channel: 'sms', address: '+491701234567' }, { channel: 'whatsapp', address: '+491701234567' }])).toEqual(['manual', 'manual', null]);
	});

	it('refuses an address that no index holds, and keeps every other one out', async () => {
		const [long, wide] = [randomBytes(2_250).toString('base64url'), Array.from({ length: 1_000 }, (_one, n) => String.fromCodePoint(0x4e00 + ((n * 7_919) % 20_000))).join('')];

		const report = await suppression.add([{ channel: 'push', address: long }, { channel: 'push', address: wide }, { channel: 'push', address: long.slice(0, 2_600) }, email('anna@example.com')]);

		expect(report).toMatchObject({ added: 2, rejected: [{ index: 0 }, { index: 1 }] });
		expect(await text(`channel,address\npush,${long}\nemail,bea@example.com\n`, {}, 100_000)).toMatchObject({ added: 1, rejected: [{ line: 2 }] });
	});

	it('lets a bounce or a complaint replace "manual", never the other way round', async () => {
		await suppression.add([email('a@example.com'), { ...email('b@example.com'), reason: 'complaint' }]);

		await suppression.add([{ ...email('a@example.com'), reason: 'hard-bounce' }, email('b@example.com')]);

		expect(await suppression.check([email('a@example.com'), email('b@example.com')])).toEqual(['hard-bounce', 'complaint']);
	});

	it('reads the reasons of a file as the import of people does, and leaves words that say none at what the file was said to be', async () => {
		const words = 'reason,email\nCleaned,a@x.org\n bounced ,b@x.org\nspam report,c@x.org\nunsubscribed,d@x.org\nno,e@x.org\n';
		const asked = ['a', 'b', 'c', 'd', 'e'].map((name) => email(`${name}@x.org`));

		await text(words);
		const unsaid = await suppression.check(asked);
		await text(words, { reason: 'complaint' });

		expect(unsaid).toEqual(['hard-bounce', 'hard-bounce', 'complaint', 'manual', 'manual']);
		expect((await suppression.check(asked)).slice(3)).toEqual(['complaint', 'complaint']);
	});

	it('lists by pages, by channel and by reason', async () => {
		await suppression.add([...['c', 'a', 'b'].map((name) => email(`${name}@example.com`)), { channel: 'push', address: 'token', reason: 'hard-bounce' }]);

		const first = await suppression.list({ limit: 2 });
		const second = await suppression.list({ limit: 2, after: first[1] ?? email('') });

		expect([...first, ...second].map(({ address }) => address)).toEqual(['a@example.com', 'b@example.com', 'c@example.com', 'token']);
		expect(await suppression.list({ channel: 'push' })).toMatchObject([{ address: 'token', reason: 'hard-bounce', source: 'api' }]);
		expect(await suppression.list({ reason: 'manual' })).toHaveLength(3);
	});

	it('keeps erased people out without keeping their address, and cannot list them; only the address lifts it', async () => {
		await suppression.add([{ ...email('gone@example.com'), reason: 'complaint' }]);

		await store.tx('erase', (tx) => suppressErasedIn(tx, [email('Gone@example.com'), email('gone@example.com'), { channel: 'sms', address: '+491701234567' }]));

		const stored = JSON.stringify(await store.read(async (reader) => [await reader.all(sql`select * from suppression`), await reader.all(sql`select * from suppression_erased`)]));
		expect(stored).not.toMatch(/gone|example|49170/i);
		expect(await suppression.list()).toEqual([]);
		await expect(suppression.list({ reason: 'erased' })).rejects.toMatchObject({ code: 'BAD_INPUT' });
		expect(await suppression.check([email('gone@example.com'), { channel: 'sms', address: '+49 170 1234567' }, email('other@example.com')])).toEqual(['erased', 'erased', null]);
		expect(await store.read((reader) => suppressedOf(reader, 'email', ['gone@example.com', 'other@example.com']))).toEqual(new Map([['gone@example.com', 'erased']]));

		expect(await suppression.remove([email('GONE@example.com')])).toEqual({ removed: 1, rejected: [] });
		expect(await suppression.check([email('gone@example.com')])).toEqual([null]);
	});

	it('keeps in the audit log who lifted how many of which reason, and no address', async () => {
		await suppression.add([{ ...email('a@example.com'), reason: 'complaint' }, email('b@example.com')]);
		await store.tx('erase', (tx) => suppressErasedIn(tx, [email('c@example.com')]));

		await suppression.remove(['a', 'b', 'c', 'd'].map((name) => email(`${name}@example.com`)), { source: 'ticket 4711' });
		await suppression.remove([email('a@example.com')], { source: 'again' });

		const rows = await store.read((reader) => reader.all<{ action: string; actor: string; count: number; detail: unknown }>(sql<{ action: string; actor: string; count: number; detail: unknown }>`select * from audit where action = 'suppression.remove'`));
		expect(rows.map(({ actor, detail }) => [actor, typeof detail === 'string' ? JSON.parse(detail) : detail])).toEqual([['ticket 4711', expect.objectContaining({ reasons: { complaint: 1, manual: 1, erased: 1 } })]]);
		expect(JSON.stringify(rows)).not.toContain('example.com');
	});

	it('has one salt for the life of the database, made by the first who needs it', async () => {
		await store.tx('a', (tx) => suppressErasedIn(tx, [email('a@example.com')]));
		await store.tx('b', (tx) => suppressErasedIn(tx, [email('b@example.com')]));

		expect(await suppression.check([email('a@example.com'), email('b@example.com')])).toEqual(['erased', 'erased']);
		expect(await store.read((reader) => reader.all(sql`select key from setting`))).toEqual([{ key: 'suppression-salt' }]);
	});

	it('asks at most three times for 500 addresses', async () => {
		await store.tx('a', (tx) => suppressErasedIn(tx, [email('p7@example.com')]));
		await store.tx('b', (tx) => suppressIn(tx, [{ ...email('p8@example.com'), reason: 'manual', source: 'test' }]));
		let asked = 0;

		const found = await store.read((reader) => suppressedOf({
			...reader, all: (query) => (asked += 1, reader.all(query)), first: (query) => (asked += 1, reader.first(query)),
		}, 'email', Array.from({ length: 500 }, (_, n) => `p${n}@example.com`)));

		expect([...found].sort()).toEqual([['p7@example.com', 'erased'], ['p8@example.com', 'manual']]);
		expect(asked).toBe(3);
	});

	it('imports a file with a header, in any pieces, and lists the rows it cannot take by line', async () => {
		const report = await text('Email Address;Reason;Name\r\nanna@example.com;spam;Anna\r\n\r\nno address;;\r\n"ben@example.com";bounced;"Ben\r\nB"\r\nanna@example.com;;\r\n');

		expect(report).toEqual({ rows: 4, added: 2, known: 1, rejectedCount: 1, rejected: [{ line: 4, reason: 'The email is not an e-mail address (name@example.com).' }] });
		expect(await suppression.check([email('anna@example.com'), email('ben@example.com')])).toEqual(['complaint', 'hard-bounce']);
	});

	it('imports a bare list, and one with channels of its own', async () => {
		const bare = await text('anna@example.com\nben@example.com\n', {}, 100);
		const mixed = await text('\ufeffchannel,address\nwhatsapp,+491701234567\nfax,123\npush,token-1\n', { reason: 'complaint' });

		expect(bare).toMatchObject({ rows: 2, added: 2 });
		expect(mixed).toMatchObject({ rows: 3, added: 2, rejected: [{ line: 3, reason: expect.stringContaining('channel') as string }] });
		expect((await suppression.list({ reason: 'complaint' })).map(({ channel }) => channel)).toEqual(['push', 'whatsapp']);
	});

	it('refuses a row whose quote is not closed, by its line, and keeps every other address out', async () => {
		const bare = await text(['"a@example.com', 'b@example.com', 'c@example.com"', 'd@example.com'].map((line, n) => (n === 0 ? `x@example.com\n${line}` : line)).join('\n'), {}, 100);
		const headed = await text('email,reason,note\ne@example.com,spam,"never closed\nf@example.com\ng@example.com,spam,"two\nlines, with b@ds"\nh@example.com\n');

		expect(bare).toMatchObject({ rows: 5, added: 3, rejected: [{ line: 2, reason: expect.stringContaining('not closed') as string }, { line: 4 }] });
		expect(headed).toMatchObject({ rows: 4, added: 3, rejected: [{ line: 2 }] });
	});

	it.each([['', /empty/], ['name,city\nAnna,Bern\n', /No column/]])('refuses a file of which nothing can be made: %j', async (csv, message) => {
		await expect(text(csv)).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(message) as string });
	});
});
