import { sql } from 'kysely';

import type { MailExtras } from '../../../engine/messages/types';
import { MOST_FILE_BYTES } from '../../../engine/messages/extras';
import { DATABASES } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import type { Leg } from '../journeys/walk';
import { HOUR_MS, MINUTE_MS, World } from '../journeys/world';
import { Mailbox } from './mailbox';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const INVOICE = bytes('the invoice of this very person \u0000\u00ff');
const encoded = Buffer.from(INVOICE).toString('base64');
const attached: MailExtras = { attachments: [{ file: 0, fileName: 'invoice.pdf', contentType: 'application/pdf' }, { file: 1, fileName: 'logo.png', contentType: 'image/png', contentId: 'logo' }] };
/** As the node says it of items that come out of the park, which bring no files. */
const comesBack: MailExtras = { missingFiles: ['invoice', 'logo'] };

describe.each(DATABASES)('files, copies and headers of mails in a journey on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	let leg: Leg;

	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('email', 'email');
	const mail = () => mailbox.mail({ files: [INVOICE, bytes('logo')] });
	const count = async (table: string) => Number((await world.engine.store.read((reader) => reader.first(sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`)))?.n);
	const kept = async () => [await count('message_file'), await count('kept_content')];
	const sweep = async () => {
		for (let n = 0; n < 21; n += 1) await world.engine.tick();
	};

	beforeEach(async () => {
		[world, mailbox] = [await World.open(kind), await Mailbox.open()];
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.track('Signed Up', await world.people(3));
		leg = await world.walk.start(trigger());
	});
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, mailbox.accepted, { entryEvent: 'Signed Up', atRest: false })).toEqual({});
		await world.close();
		await mailbox.close();
	});

	/** World's clock begins at 09:00 UTC. */
	const quiet = () => world.engine.settings.set({ zone: 'UTC', quietHours: { from: '08:00', to: '12:00' }, guardedPurposes: 'all' });

	it('a mail that leaves at once carries its files, and nothing of them is kept', async () => {
		await world.walk.email(step(), leg.people, mail(), attached);

		expect(mailbox.accepted).toHaveLength(3);
		for (const { raw } of mailbox.accepted) expect(raw).toContain(encoded);
		expect(await kept()).toEqual([0, 0]);
	});

	it('mails that quiet hours hold bring their files later, each content stored once for all, and gone when the mails have ended', async () => {
		await quiet();
		const held = await world.walk.email(step(), leg.people, mail(), attached);
		await world.walk.settle(leg);
		const stored = await kept();

		world.clock.advance(3 * HOUR_MS);
		const morning = await world.walk.start(step());
		await sweep();
		const { results } = await world.walk.email(step(), morning.people, mailbox.mail(), comesBack);
		const before = await kept();
		await sweep();

		expect(held.results.map(({ outcome }) => outcome)).toEqual(['parked', 'parked', 'parked']);
		expect(stored).toEqual([6, 2]);
		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent']);
		expect(mailbox.accepted).toHaveLength(3);
		for (const { raw } of mailbox.accepted) {
			expect(raw).toContain(encoded);
			expect(raw).toMatch(/filename=invoice\.pdf/);
			expect(raw).toMatch(/Content-ID: <logo>/i);
		}
		expect(before).toEqual([6, 2]);
		expect(await kept()).toEqual([0, 0]);
	});

	it('a mail that has to be tried again and again keeps its files through each park', async () => {
		let tries = 0;
		mailbox.options = { refuse: (to) => (to === 'p0@customer.example' && ++tries <= 2 ? 451 : undefined) };
		const one = leg.people.filter(({ stamp }) => stamp.profile === Math.min(...leg.people.map((person) => person.stamp.profile)));
		await world.walk.email(step(), one, mail(), attached);
		await world.walk.settle(leg);
		for (const pauseMs of [MINUTE_MS, 5 * MINUTE_MS]) {
			world.clock.advance(pauseMs);
			const again = await world.walk.start(step());
			await world.walk.email(step(), again.people.filter(({ stamp }) => stamp.profile === one[0]?.stamp.profile), mailbox.mail(), comesBack);
			await world.walk.settle(again);
		}

		expect(tries).toBe(3);
		expect(mailbox.accepted).toHaveLength(1);
		expect(mailbox.accepted[0]?.raw).toContain(encoded);
	});

	it('a mail whose file is not there does not leave without it: the person is held, and is told why', async () => {
		const { results } = await world.walk.email(step(), leg.people, mailbox.mail(), comesBack);
		await world.walk.settle(leg);

		expect(results.map(({ outcome }) => outcome)).toEqual(['parked', 'parked', 'parked']);
		expect(results[0]?.reason).toMatch(/no file 'invoice', 'logo'.*Retry Held/);
		expect(mailbox.accepted).toEqual([]);
		expect(await world.tokens()).toMatchObject([{ state: 'held' }, { state: 'held' }, { state: 'held' }]);
	});

	it('files larger than a mail may carry are an error that names the item, before anything is reserved', async () => {
		const files = [new Uint8Array(MOST_FILE_BYTES - 3), bytes('logo')];

		await expect(world.walk.email(step(), leg.people, mailbox.mail({ files }), attached)).rejects.toMatchObject({ code: 'BAD_INPUT', details: { item: 0 }, message: expect.stringMatching(/item 0 .* 10 MB; a mail carries at most 10 MB\. Put larger ones/) as string });
		expect(await world.messages()).toEqual([]);
	});

	it.each(['List-Unsubscribe', 'Reply-To', 'bcc', 'DKIM-Signature', 'X Y', 'X-A\r\nBcc'])('the header %j is refused before anything is reserved', async (name) => {
		await expect(world.walk.email(step(), leg.people, mailbox.mail(), { headers: { [name]: 'x' } })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(/header.*nothing was sent/) as string });
		expect(await world.messages()).toEqual([]);
	});

	it('further headers are set, and cannot undo the unsubscribe header', async () => {
		await world.engine.collector.configure({ writeKeys: { k: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });
		await world.walk.email(step(), leg.people, mailbox.mail({ purpose: 'marketing' }), { headers: { 'X-Campaign': 'spring' } });

		expect(mailbox.accepted[0]?.raw).toMatch(/^X-Campaign: spring\r$/m);
		expect(mailbox.accepted[0]?.raw).toMatch(/^List-Unsubscribe: <https/m);
	});

	it('a suppressed address gets no copy either, and the ledger says that one was left out, not whose', async () => {
		await world.change('insert into suppression (channel, address, reason, created_at) values (\'email\', \'gone@shop.example\', \'complaint\', 1)');
		const seen: string[] = [];
		mailbox.options = { refuse: (to) => void seen.push(to) };

		const { results } = await world.walk.email(step(), leg.people.slice(0, 1), mail(), { cc: ['Gone@Shop.example', 'boss@shop.example'], bcc: ['boss@shop.example', 'archive@shop.example', 'gone@shop.example'] });

		expect(seen.filter((to) => to.endsWith('shop.example'))).toEqual(['boss@shop.example', 'archive@shop.example']);
		expect(results).toMatchObject([{ outcome: 'sent', reason: '1 copy left out (CC, BCC): suppressed, complaint' }]);
		expect(await world.engine.messages.list({ state: 'sent' })).toMatchObject([{ reason: '1 copy left out (CC, BCC): suppressed, complaint' }]);
		expect(mailbox.accepted.map(({ raw }) => raw).join()).not.toMatch(/gone@/i);
		mailbox.accepted.splice(1);
	});

	it('a copy to something that is no address holds the person, who is the only one it is about', async () => {
		const { results } = await world.walk.email(step(), leg.people.slice(0, 1), mail(), { cc: ['the boss'] });

		expect(results).toMatchObject([{ outcome: 'parked', reason: expect.stringContaining('CC or BCC holds something that is not an email address') as string }]);
		expect(mailbox.accepted).toEqual([]);
	});

	it('a person\'s copy of their data holds the files that wait for them, and their erasure removes these at once, not those of others', async () => {
		await quiet();
		await world.walk.email(step(), leg.people, mail(), attached);
		await world.walk.settle(leg);
		const [first, ...others] = (await world.messages()).map(({ profile }) => profile);

		const copy = JSON.stringify(await world.engine.privacy.exportPerson({ profileId: Number(first) }, { source: 'test' }));
		await world.engine.privacy.erasePerson({ profileId: Number(first) }, { source: 'test' });
		const afterOne = await kept();
		for (const profile of others) await world.engine.privacy.erasePerson({ profileId: profile }, { source: 'test' });

		expect(copy).toContain(encoded);
		expect(afterOne).toEqual([4, 2]);
		expect(await kept()).toEqual([0, 0]);
	});

	it('the files of who leaves the journey while the mail waits are removed', async () => {
		await quiet();
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, exitOn: { event: 'Ordered' } });
		await world.walk.email(step(), leg.people, mail(), attached);
		await world.walk.settle(leg);
		await world.track('Ordered', leg.people.map(({ stamp }) => stamp.profile));
		await sweep();

		expect((await world.messages()).map(({ state }) => state)).toEqual(['skipped', 'skipped', 'skipped']);
		expect(await kept()).toEqual([0, 0]);
	});
});
