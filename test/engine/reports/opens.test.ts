import { DATABASES } from '../databases';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../journeys/world';
import { PostOffice, type Sent } from './post-office';

describe.each(DATABASES)('opens and clicks that a delivery service tells of, on %s', (kind) => {
	let post: PostOffice;
	let ann: number;
	let ben: number;
	beforeEach(async () => {
		({ post, ann, ben } = await PostOffice.withTwo(kind));
	});
	afterEach(() => post.leave());

	/** Visits of our own pictures and links are judged some seconds after the last. */
	const judged = async () => {
		post.world.clock.advance(MINUTE_MS);
		await post.world.engine.tick();
	};

	it('opens by machines are told apart by our own rules, their clicks are none, and a click is an open', async () => {
		const [one, two] = (await post.sendTo(ann, ben)) as [Sent, Sent];
		const proxy = { UserAgent: 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)' };

		await post.tell([post.open(one, proxy), post.click(one, 'https://shop.example/a', { UserAgent: 'Barracuda Sentinel (EE)' }), post.click(two, 'https://shop.example/a')]);

		expect((await post.events()).map(({ name, profile, properties }) => [name, profile, properties.machine])).toEqual([['Email Link Clicked', ben, undefined], ['Email Opened', ann, true]]);
		expect(await post.status()).toMatchObject({ opened: 1, clicked: 1, machineOpened: 1, machineClicked: 1 });
	});

	it('what no event tells of counts once, too, however often it is told: a machine\'s click, an open of who was erased', async () => {
		const [one, two] = (await post.sendTo(ann, ben)) as [Sent, Sent];
		const scanner = { UserAgent: 'Barracuda Sentinel (EE)' };
		const [click, other, open] = [post.click(one, 'https://shop.example/a', scanner), post.click(one, 'https://shop.example/b', scanner), post.open(two)];
		await post.world.engine.privacy.erasePerson({ profileId: ben }, { source: 'test' });

		await post.tell([click, click, open]);
		post.world.clock.advance(30 * DAY_MS);
		for (let n = 0; n < 21; n += 1) await post.world.engine.tick();
		await post.tell([click, other, open]);
		const counts = (await post.world.rows<{ clicks: number; machine_clicks: number; opens: number }>('select clicks, machine_clicks, opens from message order by machine_clicks')).map(({ clicks, machine_clicks: machine, opens }) => [clicks, machine, opens].map(Number));
		const remembered = await post.world.rows('select id from told_report');
		post.world.clock.advance(32 * DAY_MS);
		for (let n = 0; n < 21; n += 1) await post.world.engine.tick();

		expect(counts).toEqual([[0, 0, 1], [0, 2, 0]]);
		expect(remembered).toHaveLength(3);
		expect(await post.world.rows('select id from told_report')).toEqual([]);
	});

	it('an open that our own picture has counted is not counted twice, nor a click on our own link', async () => {
		const [message] = (await post.sendTo(ann)) as [Sent];
		post.world.clock.advance(HOUR_MS);
		const [pixel, link] = ['open', 'click'].map((route) => new RegExp(`https://links\\.shop\\.example/${route}\\?t=[^"]+`).exec(post.lastHtml())?.[0] ?? '');
		await fetch(String(pixel).replace('https://links.shop.example', post.url), { headers: { 'user-agent': 'Mozilla/5.0 (Macintosh)' } });
		await fetch(String(link).replace('https://links.shop.example', post.url), { redirect: 'manual', headers: { 'user-agent': 'Mozilla/5.0 (Macintosh)' } });
		const told = [post.open(message), post.click(message, String(link))];
		await judged();
		const before = await post.names();

		await post.tell(told);
		post.world.clock.advance(3 * HOUR_MS);
		await post.tell(post.open(message));

		expect(before).toEqual(['Email Opened', 'Email Link Clicked']);
		expect(await post.names()).toEqual(['Email Opened', 'Email Link Clicked', 'Email Opened']);
	});

	it('an open that the service told of first is not counted again by our own picture', async () => {
		const [message] = (await post.sendTo(ann)) as [Sent];
		post.world.clock.advance(HOUR_MS);
		const pixel = /https:\/\/links\.shop\.example(\/open\?t=[^"]+)/.exec(post.lastHtml())?.[1] ?? '';
		expect(pixel).not.toBe('');

		await post.tell(post.open(message));
		await fetch(`${post.url}${pixel}`, { headers: { 'user-agent': 'Mozilla/5.0 (Macintosh)' } });
		await judged();

		expect(await post.names()).toEqual(['Email Opened']);
	});
});
