import { createAttribution } from '../../../engine/attribution';
import { sentMessage, settled, startParts } from '../collector/parts';
import { DATABASES } from '../databases';

const PERSON = { method: 'GET', headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' } };
const SCANNER = { method: 'GET', headers: { 'user-agent': 'Barracuda Sentinel (EE)' } };
const PROXY = { method: 'GET', headers: { 'user-agent': 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)' } };

describe.each(DATABASES)('credit for what the tracking saw on %s', (kind) => {
	it('goes to the link that the person followed, and never to what a scanner or a proxy looked at later', async () => {
		const parts = await startParts(kind);
		const { tracking, clock, token, store, settings } = parts;
		for (const id of ['followed', 'scanned', 'loaded', 'read']) await sentMessage(store, { id, profile: 1, topic: id });
		const link = (id: string) => token({ k: 'c', m: id, u: 'https://shop.example/', l: 0 });
		await tracking.click(await link('followed'), PERSON);
		clock.advance(60_000);
		await tracking.open(await token({ k: 'o', m: 'read' }), PERSON);
		clock.advance(60_000);
		await tracking.click(await link('scanned'), SCANNER);
		await tracking.open(await token({ k: 'o', m: 'loaded' }), PROXY);
		await settled(clock, tracking);
		await parts.events.ingest([{ type: 'track', event: 'Order Completed', profileId: 1 }], { source: 'test' });
		const { conversions } = createAttribution({ store, settings });
		const winner = async (openDays: number) => (await conversions({ conversion: { kind: 'event', event: 'Order Completed' }, rules: { openDays }, by: ['topic'] })).groups.map(({ topic }) => topic);

		expect([await winner(0), await winner(1)]).toEqual([['followed'], ['read']]);
		await parts.close();
	});
});
