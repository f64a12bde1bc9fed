import { DATABASES } from '../databases';
import type { Leg } from '../journeys/walk';
import { World } from '../journeys/world';
import { Mailbox, smtp } from './mailbox';

const BASE = 'https://n8n.example/webhook/j';

describe.each(DATABASES)('links to pages in mails, and opt-outs on those pages, on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	let leg: Leg;
	let profiles: number[];
	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('email', 'email');

	async function open(people: number, atPoint?: (point: string) => void, beforeAccept?: (to: string) => void): Promise<void> {
		mailbox = await Mailbox.open(beforeAccept === undefined ? {} : { beforeAccept });
		world = await World.open(kind, atPoint === undefined ? {} : { atPoint });
		await world.engine.collector.configure({ writeKeys: { wk_12345678: 'site' }, publicUrl: BASE, port: null, workflow: 'collector' });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		profiles = await world.people(people);
		await world.track('Signed Up', profiles);
		leg = await world.walk.start(trigger());
	}
	afterEach(async () => {
		await world.close();
		await mailbox.close();
	});

	const mailWith = (source: string, more: object = {}) => mailbox.mail({ content: { subject: 'Hello', body: { kind: 'html', source } }, trackClicks: true, ...more });
	const unfolded = (raw: string): string => raw.replace(/=\r?\n/g, '').replace(/=3D/g, '=');
	const linkIn = (raw: string, route: string): string => new RegExp(`${BASE}/${route}\\?t=[\\w.-]+`).exec(unfolded(raw))?.[0] ?? '';
	const visit = (engine: Pick<World['engine'], 'collector'>, url: string, method = 'GET', body = '') =>
		engine.collector.handle({ method, route: new URL(url).pathname.split('/').at(-1) ?? '', query: Object.fromEntries(new URL(url).searchParams), headers: {}, body: new Uint8Array(Buffer.from(body)) });

	it('lead to the pages by themselves, not through the click counter', async () => {
		await open(1);
		await world.engine.consent.request([{ whose: { profileId: profiles[0] ?? 0 }, channel: 'email', topic: 'news', textVersion: 'form 1', source: 'form' }]);

		const { results } = await world.walk.email(step(), leg.people, mailWith('<a href="{{ links.preferencesUrl }}">p</a> <a href="{{ links.confirmUrl }}">c</a> <a href="https://shop.example/">s</a>'));
		const raw = mailbox.accepted[0]?.raw ?? '';
		const confirmed = await visit(world.engine, linkIn(raw, 'confirm'), 'POST', 'do=confirm');
		const centre = await visit(world.engine, linkIn(raw, 'preferences'));
		world.clock.advance(90 * 86_400_000);
		const later = await visit(world.engine, linkIn(raw, 'preferences'));

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent']);
		expect([confirmed.status, centre.status, later.status]).toEqual([200, 200, 410]);
		expect((await world.engine.consent.get({ profileId: profiles[0] ?? 0 }))?.consents).toMatchObject([{ topic: 'news', state: 'subscribed' }]);
		expect(linkIn(raw, 'click')).not.toBe('');
		expect(raw.match(/\/click\?/g)).toHaveLength(1);
	});

	it.each([true, false])('carry UTM parameters where they lead out, with clicks tracked: %s; pages of ours stay as they are', async (trackClicks) => {
		await open(1);
		await world.walk.email(step(), leg.people, mailWith('<a href="https://shop.example/a?utm_source=own">a</a><a href="{{ links.preferencesUrl }}">p</a><a href="{{ links.unsubscribeUrl }}">u</a>', { trackClicks, utm: { source: 'newsletter', medium: 'email', campaign: '' } }));

		const raw = mailbox.accepted[0]?.raw ?? '';
		const target = trackClicks ? ((await visit(world.engine, linkIn(raw, 'click'))).headers.location ?? '') : (/href="(https:\/\/shop\.example[^"]*)/.exec(unfolded(raw))?.[1] ?? '').replace(/&amp;/g, '&');
		expect(Object.fromEntries(new URL(target).searchParams)).toEqual({ utm_source: 'own', utm_medium: 'email', utm_campaign: 'Welcome', utm_content: 'The email' });
		expect(linkIn(raw, 'preferences')).not.toContain('utm_');
		expect(linkIn(raw, 'unsubscribe')).not.toContain('utm_');
	});

	it('keep a mail back that asks for a confirmation nobody asked for', async () => {
		await open(2);
		await world.engine.consent.request([{ whose: { profileId: profiles[0] ?? 0 }, channel: 'email', topic: '', textVersion: 'form 1', source: 'form' }]);

		const { results } = await world.walk.email(step(), leg.people, mailWith('<a href="{{ links.confirmUrl }}">c</a>'));

		expect(mailbox.accepted.map(({ to }) => to)).toEqual(['p0@customer.example']);
		expect(results.find(({ profile }) => profile === profiles[1])).toMatchObject({ reason: expect.stringContaining('no open request') as string });
	});

	it('never send marketing to who has left by the preference centre or a node, however close the two are', async () => {
		const out = new Set<number>();
		let outAtAttempt: ReadonlySet<number> = new Set();
		const wronged: string[] = [];
		// The attempt holds the profiles' locks here: whoever has been answered by now had left before the guards looked. Its mails come before the next attempt.
		await open(24, (point) => void (point === 'attempt:before-commit' && (outAtAttempt = new Set(out))), (to) => {
			if (profiles.some((profile, n) => to === `p${n}@customer.example` && outAtAttempt.has(profile))) wronged.push(to);
		});
		const inOrder = [...leg.people].sort((a, b) => a.stamp.profile - b.stamp.profile);
		const other = await world.another();
		const links = await world.engine.preferences.links(profiles.map((profileId) => ({ profileId })));
		const leaving = [...links].reverse().concat(links.slice(0, 12)).map(async (link, n) => {
			if (n % 2 === 0) await visit(other.engine, link?.url ?? '', 'POST', 'do=leave-all');
			else await other.engine.consent.set([{ profile: link?.profile ?? 0, channel: 'email', topic: '', state: 'unsubscribed', source: 'node' }]);
			out.add(link?.profile ?? 0);
		});

		const { results } = await world.walk.email(step(), inOrder, mailWith('<p>Hello</p>', { purpose: 'marketing', provider: smtp(mailbox.port, { connections: 1 }) }));
		await Promise.all(leaving);

		expect(wronged).toEqual([]);
		expect(out.size).toBe(24);
		expect(results.filter(({ outcome }) => outcome === 'skipped').length + mailbox.accepted.length).toBe(24);
		expect(results.some(({ reason }) => reason === 'no consent: unsubscribed from email')).toBe(true);
	});
});
